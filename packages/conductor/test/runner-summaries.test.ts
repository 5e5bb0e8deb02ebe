import { describe, expect, test } from 'vitest'
import { countTests } from '../src/gates/tests/count-tests.ts'

/** Summaries of each runner by themselves, with numbers of several digits, and texts that only resemble them. */

type Row = readonly [output: string, ran: number | undefined, skipped: number]

const node = (summary: Readonly<Record<string, number>>, mark = '#') =>
  Object.entries(summary)
    .map(([word, number]) => `${mark} ${word} ${number}\n`)
    .join('')

const summaries: Readonly<Record<string, readonly Row[]>> = {
  vitest: [
    ['      Tests  12 failed | 345 passed (357)\n', 357, 0],
    ['Tests  10 passed | 11 expected fail | 12 skipped | 13 todo (46)   \n', 21, 25],
    ['      Tests  no tests\n', 0, 0],
    ['No test files found, exiting with code 1\n', 0, 0],
  ],
  jest: [
    ['Tests:       12 failed, 345 passed, 357 total\n', 357, 0],
    ['Tests:  10 skipped, 20 todo, 30 total\n', 0, 30],
    ['No tests found, exiting with code 1\n', 0, 0],
  ],
  'node:test': [
    [node({ tests: 66, suites: 10, pass: 20, fail: 21, cancelled: 22, skipped: 23, todo: 24 }), 63, 47],
    [node({ tests: 2, pass: 1, fail: 1, skipped: 0, todo: 0 }, 'ℹ'), 2, 0],
    [`ok 12 - /w/a.test.js\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 2, 0],
    [`✔ C:\\w\\a.cts (1.5ms)\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 2, 0],
    [`✔ reads a/b.js and more\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 3, 0],
    [`✔ a/b.json\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 3, 0],
    [`✔ a.js\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 3, 0],
    [`  ✔ a/b.js\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 })}`, 3, 0],
    // Of two summaries the files without tests belong to the first.
    [`✔ a/b.js\n${node({ tests: 3, pass: 3, fail: 0, skipped: 0, todo: 0 }).repeat(2)}`, 5, 0],
    [`✔ a/b.js\n✔ a/c.js\n${node({ tests: 1, pass: 1, fail: 0, skipped: 0, todo: 0 })}`, 0, 0],
  ],
  mocha: [
    ['  123 passing (7ms)\n  45 pending\n  67 failing\n', 190, 45],
    ['  123 passing (1m)\n', 123, 0],
    ['Error: No test files found: "test"\n', 0, 0],
  ],
  pytest: [
    ['=== 10 failed, 20 passed, 30 skipped, 40 xfailed, 50 xpassed, 1 warning in 61.20s (0:01:01) ===\n', 120, 30],
    ['1 error in 0.10s\n', 1, 0],
    ['12 errors in 0.10s\n', 12, 0],
    ['3 warnings in 0.10s\n', 0, 0],
    ['1 warning in 0.10s\n', 0, 0],
    ['10 deselected in 0.10s\n', 0, 0],
  ],
  unittest: [
    ['Ran 123 tests in 4.500s\n\nFAILED (failures=1, skipped=45)\n', 78, 45],
    ['Ran 1 test in 0.001s\n\nOK\n', 1, 0],
  ],
  'go test': [
    ['FAIL\tx/abc\t12.5s\n', undefined, 0],
    ['ok  \tx/a\t0.1s\n--- SKIP: TestA (0.00s)\n', undefined, 1],
    ['ok  \tx/a\t0.1s [no tests to run]\n?   \tx/abc\t[no test files]\n', 0, 0],
    ['ok  \tx/a\t0.1s\tcoverage: 10.0% of statements [no tests to run] in all\n', undefined, 0],
    [
      '{"Time":"t","Action":"fail","Package":"x","Test":"A"}\n{"Time":"t","Action":"pass","Package":"x","Test":"B"}\n{"Time":"t","Action":"skip","Package":"x","Test":"C"}\n',
      2,
      1,
    ],
    ['=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\tx/a\t0.1s\n', 1, 0],
  ],
  'cargo test': [
    ['test result: FAILED. 123 passed; 45 failed; 67 ignored; 0 measured; 0 filtered out\n', 168, 67],
    ['     Summary [   1.234s] 123 tests run: 120 passed, 3 failed, 45 skipped\n', 123, 45],
    ['Summary [0.1s] 1 test run: 1 passed, 0 skipped\n', 1, 0],
  ],
  TAP: [
    ['TAP version 14\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP later\nok 4 # todo\n  ok 5 - inside\nokay\n', 2, 2],
    ['TAP version 13\n1..0\n', 0, 0],
  ],
  'JUnit XML': [
    [
      '<testsuites name="x" tests="123" failures="1" skipped="20" disabled="3">\n<testsuite tests="100"></testsuite><testsuite tests="23"/></testsuites>\n',
      100,
      23,
    ],
    ['<testsuite name="a" tests="10" skipped="2"/>\n<testsuite tests="5" errors="1" />\n', 13, 2],
    ['<testsuite tests="1" skipped="3">\n', 0, 3],
  ],
}

describe('the summary of', () => {
  test.each(Object.entries(summaries))('%s', (runner, rows) => {
    for (const [output, ran, skipped] of rows) {
      const expected = { runners: [runner], ...(ran === undefined ? {} : { ran }), skipped }
      expect(countTests(output, false), output).toEqual(expected)
      expect(countTests(`before\r\n${output.replaceAll('\n', '\r\n')}after\r\n`, false), output).toEqual(expected)
    }
  })
})

test('what only resembles a summary is none', () => {
  const others = [
    'My Tests  3 passed (3)\n',
    'Tests 3 passed (3)\n',
    'Tests  3 passed (3) of 4\n',
    'Tests  3 passed (x)\n',
    'it said: No test files found, exiting with code 1\n',
    ' Tests:       1 passed, 1 total\n',
    'Tests: 1 passed, 1 total\n',
    'Tests:       1 passed, 1 total in all\n',
    'it said: No tests found, exiting with code 1\n',
    node({ tests: 1, pass: 1 }),
    node({ tests: 1, pass: 1, fail: 0, skipped: 0, todo: 0 }).replaceAll('#', ' #'),
    'and  1 passing (7ms)\n',
    '  1 passing (7ms) or so\n',
    'an Error: No test files found\n',
    '1 passed in 2.0s or so\n',
    'at last 1 passed in 2.0s\n',
    '1 thing in 2.0s\n',
    'It Ran 2 tests in 0.1s\n\nOK\n',
    'Ran 2 tests in 0.1s\nOK\n',
    'see ok  \tx/a\t0.1s\n',
    'FAIL\tx/a\t[build failed]\n',
    '?   \tx/a\t[no test files] at all\n',
    'ok \tx/a\n',
    'a test result: ok. 1 passed; 0 failed; 0 ignored;\n',
    'a Summary [0.1s] 1 test run: 1 passed\n',
    'a TAP version 13\nok 1\n',
    'TAP version 13 of it\nok 1\n',
    'ok 1\n',
    '<testsuite name="a">\n',
    '<testsuitesx tests="1">\n',
    'log {"Time":"t","Action":"pass","Package":"x","Test":"B"}\n',
    '{"Time":"t","Action":"pass","Package":"x"}\n',
  ]
  expect(others.filter((output) => countTests(output, false) !== undefined)).toEqual([])
})

test('several runners are added up; of a cut output nobody knows how many ran', () => {
  const both = '      Tests  3 passed | 1 skipped (4)\n1 passed, 2 skipped in 0.1s\n'
  expect(countTests(both, false)).toEqual({ runners: ['vitest', 'pytest'], ran: 4, skipped: 3 })
  expect(countTests(both, true)).toEqual({ runners: ['vitest', 'pytest'], skipped: 3 })
  expect(countTests(`${both}ok  \tx/a\t0.1s\n`, false)).toEqual({
    runners: ['vitest', 'pytest', 'go test'],
    skipped: 3,
  })
  expect(countTests('TAP version 13\nok 1 - a\n# tests 1\n# pass 1\n# fail 0\n# skipped 0\n# todo 0\n', false)).toEqual(
    {
      runners: ['node:test'],
      ran: 1,
      skipped: 0,
    },
  )
})
