import { session } from '../rig/small.mjs'

/**
 * The plan that the proofs conduct, hundreds of times: one phase, and two side by side that stand on it, of which one
 * has two modules and code that a fixing agent has to mend. `finalize` joins the two. No test starts a Node process.
 *
 * @param {{ settings?: string, beforeTest?: string }} [options] `settings`: further front matter; `beforeTest`: what
 *   phase 1's test command does before it tests
 */
export function proofSpec({ settings = 'rounds: 2', beforeTest = '' } = {}) {
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
- Write down the number one
Test Command: ${beforeTest}grep -q one base/one.txt
Files:
- base/one.txt

### Phase 2: Sums
- Add numbers
Modules: add (add/**), twice (twice/**)
Test Command: grep -q "a + b" add/add.txt && test -f twice/twice.txt

### Phase 3: Words
- Say a number in words
Depends On: Phase 1
Test Command: grep -q three words/words.txt
Success Criteria:
- \`words/words.txt\` exists
- It is pleasant to read
`
}

/** @param {{ delayMs?: number, look?: string }} [options] `look`: the first command of phase 1's agent */
export function proofScore({ delayMs = 1, look } = {}) {
  return `sessions:
${session('1', undefined, { 'base/one.txt': 'one\n' }, delayMs, look)}${session('2', 'add', { 'add/add.txt': 'a - b\n' }, delayMs)}${session('2', 'twice', { 'twice/twice.txt': 'a * 2\n' }, delayMs)}${session('3', undefined, { 'words/words.txt': 'zero one two three\n' }, delayMs)}  - role: fix-executor
    phase: "2"
    round: 1
    turns:
      - say: Mending.
        tools:
          - bash: echo 'a + b' > add/add.txt
      - report: { built: "the sum is a sum", tests: "not run", issues: [] }
`
}
