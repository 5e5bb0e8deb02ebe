import { expect, test } from 'vitest'
import { colourMarks, wantsColour } from '../src/run/colour.ts'

const green = (sign: string) => `\u001b[32m${sign}\u001b[39m`
const red = (sign: string) => `\u001b[31m${sign}\u001b[39m`

test('the mark of a line is coloured, and nothing that somebody else said', () => {
  for (const [line, coloured] of [
    ['  0:07  phase 2 implement api    ✔ done', `  0:07  phase 2 implement api    ${green('✔')} done`],
    ['1:02:03  phase 2 test ✗ test make', `1:02:03  phase 2 test ${red('✗')} test make`],
    ['  0:07  finalize                   ✔ moved', `  0:07  finalize                   ${green('✔')} moved`],
    ['  ✖  phase 2  Sums  failed', `  ${red('✖')}  phase 2  Sums  failed`],
    ['✖ Phase 2 needs you', `${red('✖')} Phase 2 needs you`],
    ['a\n✔ b', `a\n${green('✔')} b`],
  ] as const)
    expect(colourMarks(line)).toBe(coloured)
  for (const line of [
    '  │ ✔ passes',
    '  0:07  phase 2 test             turn 1: ✔ done',
    '{ "a": "✔ b" }',
    '✔',
    '!important',
  ])
    expect(colourMarks(line)).toBe(line)
})

test('marks are coloured at a terminal, unless a person says otherwise', () => {
  for (const [env, atTerminal, wanted] of [
    [{}, true, true],
    [{}, false, false],
    // What Nx sets for every task.
    [{ FORCE_COLOR: 'true' }, true, true],
    [{ FORCE_COLOR: 'true' }, false, false],
    [{ FORCE_COLOR: 'true', NX_TUI: 'true' }, false, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '0', NX_TUI: 'true' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
  ] as const)
    expect(
      wantsColour(env, () => atTerminal),
      JSON.stringify([env, atTerminal]),
    ).toBe(wanted)
})
