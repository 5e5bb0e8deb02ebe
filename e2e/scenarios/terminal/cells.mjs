import { session } from '../../rig/small.mjs'

/** Longer than the column of places: it is shown whole. */
export const longModule = 'a-module-with-a-rather-long-name'

const sizes = [
  { columns: 120, rows: 40 },
  { columns: 80, rows: 24 },
]
const modes = ['tui', 'plain']

const test = `import test from 'node:test'
import assert from 'node:assert/strict'
import { add } from './add.mjs'
test('works', () => assert.equal(add(1, 2), 3))
`

const specText = `---
name: spec
agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }
review: off
rounds: 0
---
# Numbers

## Implementation Phases

### Phase 1: Sums
- Add numbers
Modules: add (add/**), ${longModule} (long/**)
Test Command: node --test add
`

function score({ sum = 'a + b', delayMs = 700, withoutAdd = false }) {
  const add = { 'add/add.mjs': `export const add = (a, b) => ${sum}\n`, 'add/add.test.mjs': test }
  return `sessions:
${withoutAdd ? '' : session('1', 'add', add, delayMs)}${session('1', longModule, { 'long/long.txt': 'long' }, delayMs)}`
}

const stopped = 'Stopped. Finished steps are kept; go on with: npx nx run spec:conduct'
const nextCommand = 'npx nx run spec:conduct'

/**
 * What is played, and what has to be seen of it. `all`: once the command has ended, in all that the terminal has; `screen`: in what stands
 * there then; `ui`: in the terminal UI before it closes. `once`: not more often, so nothing is printed twice.
 */
const plays = {
  'good run': {
    score: score({}),
    exit: (code) => code === 0,
    all: [/✔ +phase 1 +Sums +complete/, 'main is at', 'sandbox: none', 'npx nx run spec:status'],
    screen: ['Successfully ran target conduct'],
    ui: [],
    once: ['sandbox: none'],
  },
  'red gate': {
    score: score({ sum: 'a - b' }),
    exit: (code) => code !== 0,
    all: [
      'Phase 1 (Sums) needs you: the gate test',
      /gate +test: node --test add/,
      /evidence +tree [0-9a-f]{40}, exit code 1/,
      /worktree +\/\S+\/spec\/1-failed-/,
      /next +cd \/\S+ && node --test add/,
      'npx nx run spec:hand-in --phase=1',
      nextCommand,
      /✖ +phase 1 +Sums +failed/,
      'main has not moved',
    ],
    screen: [],
    ui: ['spec:hand-in --phase=1', 'main has not moved'],
    once: ['-1 !== 3'],
  },
  'failed agent': {
    score: score({ withoutAdd: true }),
    exit: (code) => code !== 0,
    all: [/✖ .*\n +transcript +\S+\n +next +\S+/, nextCommand, /✖ +phase 1 +Sums +failed/, 'main has not moved'],
    screen: [],
    ui: ['main has not moved'],
    once: [],
  },
  'Ctrl-C': {
    score: score({ delayMs: 60_000 }),
    exit: (code) => code !== 0,
    key: 'C-c',
    all: [stopped],
    screen: [stopped],
    ui: [],
    once: ['Stopped.'],
  },
  'q in the UI': {
    score: score({ delayMs: 60_000 }),
    exit: (code) => code !== 0,
    key: 'q',
    only: 'tui',
    all: [stopped],
    screen: [stopped],
    ui: [],
    once: ['Stopped.'],
  },
}

/** In the terminal UI the end is in sight when it closes; elsewhere Nx prints lists of tasks behind it. */
function inMode(play, mode) {
  return mode === 'tui' && play.ui.includes('main has not moved')
    ? { ...play, screen: [...play.screen, 'main has not moved'] }
    : play
}

export const cells = Object.entries(plays).flatMap(([name, play]) =>
  modes
    .filter((mode) => play.only === undefined || play.only === mode)
    .flatMap((mode) =>
      sizes.map((size) => ({
        ...inMode(play, mode),
        name: `${name}, ${mode}, ${size.columns}x${size.rows}`,
        mode,
        size,
        spec: specText,
      })),
    ),
)
