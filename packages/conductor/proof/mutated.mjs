/** What is mutated together, with the tests that are tried on it, and the share that has to be caught. */
export const targets = [
  {
    name: 'verdicts',
    files: ['src/gates/review/weigh-verdict.ts'],
    tests: ['test/weigh-verdict.test.ts'],
    least: 0.85,
  },
  {
    name: 'classes',
    files: ['src/gates/red.ts', 'src/gates/bisect.ts'],
    tests: ['test/red.test.ts', 'test/bisect.test.ts'],
    least: 0.85,
  },
  {
    name: 'test-counts',
    files: ['src/gates/tests/count-tests.ts', 'src/gates/tests/runners.ts'],
    tests: ['test/count-tests.test.ts', 'test/runner-summaries.test.ts'],
    least: 0.85,
  },
  {
    name: 'weakenings',
    files: ['src/gates/weakening/tests-in.ts'],
    tests: ['test/tests-in.test.ts'],
    least: 0.85,
  },
  {
    name: 'placeholders',
    files: [
      'src/gates/placeholders/comments.ts',
      'src/gates/placeholders/find-placeholders.ts',
      'src/gates/placeholders/go.ts',
      'src/gates/placeholders/plain.ts',
      'src/gates/placeholders/python.ts',
      'src/gates/placeholders/typescript.ts',
    ],
    tests: ['test/find-placeholders.test.ts', 'test/placeholder-forms.test.ts'],
    least: 0.85,
  },
  {
    name: 'lint',
    files: ['src/gates/lint/lint-findings.ts'],
    tests: ['test/lint.test.ts'],
    least: 0.85,
  },
  {
    name: 'lost-lines',
    files: ['src/merge/lost-lines.ts', 'src/merge/markers.ts'],
    tests: ['test/lost-lines.test.ts'],
    least: 0.85,
  },
]
