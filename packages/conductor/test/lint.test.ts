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
  'eslint, a second file, and a path with spaces': [
    '/srv/checkout/my lib/a.js\n  1:5  error  One  no-x\n\nnot a/path here.js\n  2:6  error  Two  no-y\n\nb/c.ts\n\t31:16\twarning  Three  no-z\n',
    'my lib/a.js:1 error  One  no-x',
    'b/c.ts:31 warning  Three  no-z',
  ],
  'a path by itself, and a line much later': ['a/b.js\n\n  1:5  error  One  no-x\n'],
  'in colours, with the line ends of Windows': [
    '\u001b[4ma/b.js\u001b[24m\r\n  \u001b[2m1:5\u001b[22m  error  One  no-x\r\n',
    'a/b.js:1 error  One  no-x',
  ],
  'without a column': [
    'a/b.py:12: undefined name\n  a/b.py:13 unused\n',
    'a/b.py:12 undefined name',
    'a/b.py:13 unused',
  ],
  'go vet, what keeps it from its work': ['vet: ./a.go:7:2: undefined: x\n', 'a.go:7 undefined: x'],
  'with the drive of Windows': [
    'C:\\w\\a.ts:10:25: bad\nsrc\\b.ts(12,34): error TS1: bad\n',
    'C:\\w\\a.ts:10 bad',
    'src\\b.ts:12 error TS1: bad',
  ],
  "with the arrows of rust's compiler, by code and severity": [
    'error[E0308]: mismatched types\n   --> src/a b.rs:123:45\nwarning: unused\n  ┌─ src/c.rs:2:10\nerror: bad\n╭─[src/d.rs:3:1\n',
    'src/a b.rs:123 error[E0308]: mismatched types',
    'src/c.rs:2 warning: unused',
    'src/d.rs:3 error: bad',
  ],
  'by a code of letters and digits': ['SIM102 nested if\n --> a.py:4:5\n', 'a.py:4 SIM102 nested if'],
  'with an arrow that nothing was said before': [' --> a.py:4:5\nsome error: x\n --> b.py:5:6\n', 'a.py:4 ', 'b.py:5 '],
  'with spaces around': [
    '  a/b.py:1:2:  x  \nsrc/my lib /b.ts(3,4): y \t\n/srv/checkout/a/b.js\n  1:5  z  \n',
    'a/b.py:1 x',
    'src/my lib /b.ts:3 y',
    'a/b.js:1 z',
  ],
  'with an arrow below what only holds a code': ['see SIM102 nested\n --> a.py:4:5\n', 'a.py:4 '],
  'outside its folder': ['/srv/checkout2/a.js:1:2: x\n../b.js:1:2: y\n', '/srv/checkout2/a.js:1 x', '../b.js:1 y'],
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
    'word:3: no file\n',
    'see (a/b.js:1:2: x)\n',
    'call(1,2): x\n',
    'a/b.js:1:   \n',
    'a/b.js:x:2: no line\n',
    'a/b.js is fine\n  1:5  error  One  no-x\n',
    'a/b.js: fine.js\n  1:5  error  One  no-x\n',
    'a/b.js\n  \t\n  1:5  error  One  no-x\n',
    ' a/b.ts(1,2): x\n',
    'a/b.js\nline 1:5  error  One  no-x\n',
    'a/b\n  1:5  error  One  no-x\n',
    'a/b.js\n1:5  error  One  no-x\n',
    '',
  ])('names no place in %j', (output) => expect(lintFindings(output, folder)).toEqual([]))
})
