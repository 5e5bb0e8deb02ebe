import { describe, expect, test } from 'vitest'
import { lintFindings } from '../src/gates/lint/lint-findings.ts'

const folder = '/srv/checkout'

/** What linters print, recorded or by their documentation, and the places that it names. */
const printed: Readonly<Record<string, readonly [output: string, ...places: readonly string[]]>> = {
  eslint: [
    `
/srv/checkout/lint/a.js
  1:5  warning  'unused' is assigned a value but never used  no-unused-vars
  2:1  error    Unexpected 'debugger' statement              no-debugger

✖ 2 problems (1 error, 1 warning)
`,
    "lint/a.js:1 warning  'unused' is assigned a value but never used  no-unused-vars",
    "lint/a.js:2 error    Unexpected 'debugger' statement              no-debugger",
  ],
  biome: [
    `lint/a.js:1:5 lint/correctness/noUnusedVariables  FIXABLE  ━━━━━━━━━━

  ! This variable unused is unused.

  > 1 │ var unused = 1
      │     ^^^^^^
    2 │ debugger

lint/a.js:2:1 lint/suspicious/noDebugger  FIXABLE  ━━━━━━━━━━

  × This is an unexpected use of the debugger statement.
`,
    'lint/a.js:1 lint/correctness/noUnusedVariables  FIXABLE  ━━━━━━━━━━',
    'lint/a.js:2 lint/suspicious/noDebugger  FIXABLE  ━━━━━━━━━━',
  ],
  tsc: [
    "lint/b.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.\n",
    "lint/b.ts:1 error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  clippy: [
    `    Checking x v0.1.0 (/srv/checkout)
warning: unused variable: \`x\`
 --> src/lib.rs:1:18
  |
1 | pub fn a() { let x = 1; }
  |                  ^ help: if this is intentional, prefix it with an underscore: \`_x\`
`,
    'src/lib.rs:1 warning: unused variable: `x`',
  ],
  'go vet': [
    '# x/a\na/v.go:3:12: fmt.Printf format %d has arg "x" of wrong type string\n',
    'a/v.go:3 fmt.Printf format %d has arg "x" of wrong type string',
  ],
  'golangci-lint': [
    'cmd/main.go:12:2: Error return value of `f.Close` is not checked (errcheck)\n\tf.Close()\n\t^\n',
    'cmd/main.go:12 Error return value of `f.Close` is not checked (errcheck)',
  ],
  'ruff, concise': [
    'app/a.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n[*] 1 fixable with the `--fix` option.\n',
    'app/a.py:1 F401 [*] `os` imported but unused',
  ],
  'ruff, full': [
    `F401 [*] \`os\` imported but unused
 --> app/a.py:1:8
  |
1 | import os
  |        ^^
`,
    'app/a.py:1 F401 [*] `os` imported but unused',
  ],
  flake8: ['./app/a.py:3:1: E302 expected 2 blank lines, found 1\n', 'app/a.py:3 E302 expected 2 blank lines, found 1'],
}

describe('what a linter printed', () => {
  test.each(Object.entries(printed))('%s', (_, [output, ...places]) => {
    expect(lintFindings(output, folder).map(({ path, line, text }) => `${path}:${line} ${text}`)).toEqual(places)
  })

  test.each([
    'Oops! Something went wrong! :(\n\nESLint: 9.0.0\n',
    "Error: Cannot find module 'x'\n    at Object.<anonymous> (/srv/checkout/eslint.config.js:3:5)\n    at node:internal/main:1:1\n",
    'started at 12:30: all good\n12:31 done\n',
    'http://localhost:8080: refused\n',
    '',
  ])('names no place in %j', (output) => expect(lintFindings(output, folder)).toEqual([]))
})
