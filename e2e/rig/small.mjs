/** A small plan of four phases: 1, then 2 and 3 side by side (2 with two modules), then 4. Its agents answer at once. */

/** @typedef {import('./small.ts').SmallOptions} SmallOptions */

/**
 * @param {SmallOptions} [options]
 * @returns {string}
 */
export function smallSpec({ settings = 'rounds: 2' } = {}) {
  return `---
name: spec
agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }
review: off
${settings}
---
# Numbers

## Overview
A few numbers and their sums.

## Implementation Phases

### Phase 1: Base
- Export the number one
Test Command: node --test base
Files:
- base/one.mjs

### Phase 2: Sums
- Add numbers
Modules: add (add/**), twice (twice/**)
Test Command: node --test add twice

### Phase 3: Words
- Say a number in words
Depends On: Phase 1
Test Command: node --test words

### Phase 4: Program
- Print the sum of one and two in words
Depends On: Phase 2, Phase 3
Test Command: test "$(node main.mjs)" = three
Success Criteria:
- \`main.mjs\` exists
- It is pleasant to read
`
}

/**
 * The work of one module's agent, as a score has it: it looks around, writes its files, and reports.
 *
 * @param {string} phase
 * @param {string | undefined} module
 * @param {Readonly<Record<string, string>>} files
 * @param {number} delayMs
 * @param {string} look the command by which it looks around
 */
export function session(phase, module, files, delayMs, look = 'ls -la') {
  const creates = Object.entries(files).map(
    ([path, text]) => `          - create: { path: ${path}, text: ${JSON.stringify(text)} }`,
  )
  return `  - role: implementation-executor
    phase: "${phase}"
${module === undefined ? '' : `    module: ${module}\n`}    turns:
      - say: Looking around.
        delay: ${delayMs}ms
        tools:
          - bash: ${JSON.stringify(look)}
      - say: Writing.
        delay: ${delayMs}ms
        tools:
${creates.join('\n')}
      - report: { built: "${phase}${module === undefined ? '' : ` ${module}`} is written", tests: "not run", issues: [] }
`
}

/**
 * @param {string} imports
 * @param {string} check
 */
const test = (imports, check) =>
  `import test from 'node:test'\nimport assert from 'node:assert/strict'\n${imports}\ntest('works', () => ${check})\n`

/**
 * @param {SmallOptions} [options]
 * @returns {string}
 */
export function smallScore({ delayMs = 1, phase2StaysRed = false } = {}) {
  const add = phase2StaysRed ? 'export const add = (a, b) => a - b\n' : 'export const add = (a, b) => a + b\n'
  /** @param {number} round */
  const fix = (round) => `  - role: fix-executor
    phase: "2"
    round: ${round}
    turns:
      - say: Trying.
        tools:
          - create: { path: add/note-${round}.txt, text: "tried ${round}" }
      - report: { built: "tried attempt ${round}", tests: "still red", issues: [] }
`
  return `sessions:
${session('1', undefined, { 'base/one.mjs': 'export const one = 1\n', 'base/one.test.mjs': test("import { one } from './one.mjs'", 'assert.equal(one, 1)') }, delayMs)}${session('2', 'add', { 'add/add.mjs': add, 'add/add.test.mjs': test("import { add } from './add.mjs'", 'assert.equal(add(1, 2), 3)') }, delayMs)}${session('2', 'twice', { 'twice/twice.mjs': 'export const twice = (a) => a * 2\n', 'twice/twice.test.mjs': test("import { twice } from './twice.mjs'", 'assert.equal(twice(2), 4)') }, delayMs)}${session('3', undefined, { 'words/words.mjs': "export const words = ['zero', 'one', 'two', 'three']\n", 'words/words.test.mjs': test("import { words } from './words.mjs'", "assert.equal(words[3], 'three')") }, delayMs)}${session('4', undefined, { 'main.mjs': "import { one } from './base/one.mjs'\nimport { add } from './add/add.mjs'\nimport { words } from './words/words.mjs'\nconsole.log(words[add(one, 2)])\n" }, delayMs)}${phase2StaysRed ? fix(1) + fix(2) : ''}`
}
