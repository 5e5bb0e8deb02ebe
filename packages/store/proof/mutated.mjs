/** What is mutated together, with the tests that are tried on it: those about it, without those that wait for clocks. */
export const targets = [
  {
    name: 'reducer',
    files: [
      'src/reduce.ts',
      'src/fold/advance.ts',
      'src/fold/dictionary.ts',
      'src/fold/view.ts',
      'src/evidence-key.ts',
      'src/parse-event.ts',
    ],
    tests: [
      'test/reduce.test.ts',
      'test/reduce.records.test.ts',
      'test/reduce.property.test.ts',
      'test/dictionary.test.ts',
      'test/parse-event.test.ts',
    ],
  },
  {
    name: 'leases',
    files: [
      'src/git/fence-counter.ts',
      'src/git/git-leases.ts',
      'src/git/lease-record.ts',
      'src/redis/redis-leases.ts',
    ],
    tests: ['test/git-leases.test.ts', 'test/redis-leases.test.ts'],
  },
  {
    name: 'backends',
    files: ['src/git/log-commit.ts', 'src/redis/mirrored-log.ts'],
    tests: ['test/log-commit.test.ts', 'test/objects.test.ts', 'test/mirrored-log.test.ts'],
  },
  {
    name: 'run-log',
    files: ['src/git/git-run-log.ts', 'src/git/held-leases.ts'],
    tests: ['test/git-run-log.test.ts', 'test/run-log.test.ts', 'test/left-behind.test.ts'],
  },
]
