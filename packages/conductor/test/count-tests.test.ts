import { describe, expect, test } from 'vitest'
import { countTests } from '../src/gates/tests/count-tests.ts'

/** What runners print, recorded: `none` where nothing ran and the runner or a flag of it calls that a success. */
const recorded: Readonly<Record<string, { readonly output: string; readonly ran?: number; readonly skipped: number }>> =
  {
    'vitest: all kinds of ends': {
      output: `
 Test Files  1 failed | 1 passed (2)
      Tests  1 failed | 2 passed | 1 skipped | 1 todo (5)
   Start at  11:46:49
   Duration  1.85s (transform 39ms, setup 0ms, import 75ms, tests 18ms, environment 0ms)
`,
      ran: 3,
      skipped: 2,
    },
    'vitest: coloured': {
      output:
        '\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[32m1 passed\u001b[39m\u001b[22m\u001b[90m (1)\u001b[39m\n\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m7 passed\u001b[39m\u001b[22m\u001b[90m (7)\u001b[39m\n',
      ran: 7,
      skipped: 0,
    },
    'vitest: none, --passWithNoTests': {
      output: `
 RUN  v4.1.12 /workspace

No test files found, exiting with code 0

filter: empty
include: **/*.{test,spec}.?(c|m)[jt]s?(x)
`,
      ran: 0,
      skipped: 0,
    },
    'jest: all kinds of ends': {
      output: `PASS jest/ok.test.js

Test Suites: 1 failed, 1 passed, 2 total
Tests:       1 failed, 1 skipped, 1 todo, 2 passed, 5 total
Snapshots:   0 total
Time:        1.189 s
`,
      ran: 3,
      skipped: 2,
    },
    'jest: none, --passWithNoTests': { output: 'No tests found, exiting with code 0\n', ran: 0, skipped: 0 },
    'jest: nothing in its files': {
      output: 'Test Suites: 1 passed, 1 total\nTests:       0 total\nSnapshots:   0 total\n',
      ran: 0,
      skipped: 0,
    },
    'node:test, as TAP': {
      output: `TAP version 13
# Subtest: adds
ok 1 - adds
  ---
  duration_ms: 0.9
  ...
# Subtest: /workspace/none.test.mjs
ok 2 - /workspace/none.test.mjs
  ---
  duration_ms: 232.188699
  ...
1..5
# tests 5
# suites 0
# pass 2
# fail 1
# cancelled 0
# skipped 1
# todo 1
# duration_ms 629.590077
`,
      ran: 2,
      skipped: 2,
    },
    'node:test, as spec': {
      output: `✔ adds (0.8ms)
✔ later (0.1ms) # SKIP
ℹ tests 2
ℹ suites 0
ℹ pass 1
ℹ fail 0
ℹ cancelled 0
ℹ skipped 1
ℹ todo 0
ℹ duration_ms 55.2
`,
      ran: 1,
      skipped: 1,
    },
    'node:test: a file whose tests were deleted': {
      output: `✔ test/none.test.mjs (457.601703ms)
ℹ tests 1
ℹ suites 0
ℹ pass 1
ℹ fail 0
ℹ cancelled 0
ℹ skipped 0
ℹ todo 0
`,
      ran: 0,
      skipped: 0,
    },
    'mocha: all kinds of ends': {
      output: `

  x
    ✔ adds
    - later
    1) fails


  1 passing (7ms)
  1 pending
  1 failing

  1) x
       fails:
`,
      ran: 2,
      skipped: 1,
    },
    'mocha: none': { output: '\n\n  0 passing (2ms)\n\n', ran: 0, skipped: 0 },
    'pytest: all kinds of ends': {
      output: `py/test_a.py .sxF                                                        [100%]
=========================== short test summary info ============================
FAILED py/test_a.py::test_fails - assert 1 == 2
============== 1 failed, 1 passed, 1 skipped, 1 xfailed in 2.61s ===============
`,
      ran: 3,
      skipped: 1,
    },
    'pytest: quiet': {
      output:
        '.                                                                        [100%]\n1 passed, 3 deselected in 2.00s\n',
      ran: 1,
      skipped: 0,
    },
    'pytest: none': {
      output: 'collected 0 items\n\n============================ no tests ran in 1.31s =============================\n',
      ran: 0,
      skipped: 0,
    },
    unittest: {
      output:
        '.s\n----------------------------------------------------------------------\nRan 2 tests in 0.000s\n\nOK (skipped=1)\n',
      ran: 1,
      skipped: 1,
    },
    'unittest: none': {
      output: '\n----------------------------------------------------------------------\nRan 0 tests in 0.000s\n\nOK\n',
      ran: 0,
      skipped: 0,
    },
    'go test: packages, of which one has tests': {
      output: 'ok  \tx/a\t0.015s\n?   \tx/b\t[no test files]\nok  \tx/c\t0.043s [no tests to run]\n',
      skipped: 0,
    },
    'go test: no package has tests': {
      output: '?   \tx/b\t[no test files]\nok  \tx/c\t(cached) [no tests to run]\n',
      ran: 0,
      skipped: 0,
    },
    'go test -v': {
      output: `=== RUN   TestAdds
--- PASS: TestAdds (0.00s)
=== RUN   TestLater
    a_test.go:4: later
--- SKIP: TestLater (0.00s)
=== RUN   TestSub
=== RUN   TestSub/one
--- PASS: TestSub (0.00s)
    --- PASS: TestSub/one (0.00s)
PASS
ok  \tx/a\t0.021s
`,
      ran: 3,
      skipped: 1,
    },
    'go test -json': {
      output: `{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"x/a","Test":"TestAdds"}
{"Time":"2026-01-01T00:00:00Z","Action":"pass","Package":"x/a","Test":"TestAdds","Elapsed":0}
{"Time":"2026-01-01T00:00:00Z","Action":"skip","Package":"x/a","Test":"TestLater","Elapsed":0}
{"Time":"2026-01-01T00:00:00Z","Action":"pass","Package":"x/a","Elapsed":0.02}
`,
      ran: 1,
      skipped: 1,
    },
    'cargo test, with tests of the documentation': {
      output: `running 2 tests
test t::later ... ignored
test t::adds ... ok

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests x

running 1 test
test src/lib.rs - a (line 1) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.94s
`,
      ran: 2,
      skipped: 1,
    },
    'cargo test: none': {
      output:
        'running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s\n',
      ran: 0,
      skipped: 0,
    },
    'TAP of any producer': {
      output: 'TAP version 14\n1..3\nok 1 - one\nnot ok 2 - two\nok 3 - three # SKIP no network\n',
      ran: 2,
      skipped: 1,
    },
    'TAP: none': { output: 'TAP version 13\n1..0\n', ran: 0, skipped: 0 },
    'JUnit XML': {
      output: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="all" tests="3" failures="1" errors="0" time="0.1">
  <testsuite name="a" tests="2" failures="1" skipped="0"></testsuite>
  <testsuite name="b" tests="1" failures="0" skipped="0"></testsuite>
</testsuites>
`,
      ran: 3,
      skipped: 0,
    },
    'JUnit XML without a root of suites': {
      output: '<testsuite name="a" tests="2" skipped="1"/>\n',
      ran: 1,
      skipped: 1,
    },
  }

describe('what a test runner printed', () => {
  test.each(Object.entries(recorded))('%s', (_, { output, ran, skipped }) => {
    const counts = countTests(output, false)
    expect(counts?.runners).toHaveLength(1)
    expect(counts?.ran).toBe(ran)
    expect(counts?.skipped).toBe(skipped)
  })

  test('is added up where a command starts several', () => {
    const vitest = ' Test Files  1 passed (1)\n      Tests  2 passed (2)\n'
    const pytest = '============================== 3 passed in 0.01s ===============================\n'
    expect(countTests(`${vitest}\r\n${pytest}${vitest}`, false)).toEqual({
      runners: ['vitest', 'pytest'],
      ran: 7,
      skipped: 0,
    })
  })

  test('says nothing of how many ran where lines of it are missing', () => {
    expect(countTests('1 passed in 0.01s\n', true)).toEqual({ runners: ['pytest'], skipped: 0 })
  })

  test.each([
    '',
    'all good\n',
    'Tests are fine\n',
    '5 passing grades\n',
    'ok then\n',
    'running 0 tests of the motor\n',
  ])('is nothing in %j', (output) => expect(countTests(output, false)).toBeUndefined())
})
