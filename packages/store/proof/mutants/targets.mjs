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
      'test/reduce.property.test.ts',
      'test/dictionary.test.ts',
      'test/parse-event.test.ts',
    ],
  },
]
