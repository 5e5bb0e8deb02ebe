/** What is mutated together, with the tests that are tried on it, and the share that has to be caught. */
export const targets = [
  { name: 'verdicts', files: ['src/tools/verdict.ts'], tests: ['test/verdict.test.ts'], least: 0.85 },
]
