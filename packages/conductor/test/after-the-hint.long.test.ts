import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { escalationText, failureText, readStatus, statusText } from '../src/index.ts'
import type { Ended } from './rig/conductor.ts'
import { handingIn } from './rig/red-workspace.ts'
import { specOf, specWith } from './rig/spec.ts'
import { approve } from './rig/verdicts.ts'
import { Workspace } from './rig/workspace.ts'

/** Each kind of failure: what its hint says is done, to the letter where it prints something to write or to run; then a plain `conduct` goes on. */

let workspace: Workspace
afterEach(() => workspace.remove())

type Failure = Ended['failures'][number]

interface Row {
  readonly what: string
  readonly spec: string
  readonly agents?: Readonly<Record<string, string>>
  readonly reason: string
  /** What the hint has to print. */
  readonly hint: RegExp
  /** Does it. `found` is the match of the hint. */
  readonly follow: (found: RegExpExecArray, failure: Failure) => Promise<unknown>
}

const one = (...lines: string[]) => specOf(['One', '- a', ...lines])
const respec = (from: string | RegExp, to: string) => async () => {
  const spec = await workspace.read('.spec/SPEC.md')
  const changed = spec.replace(from, to)
  expect(changed).not.toBe(spec)
  await workspace.commit({ '.spec/SPEC.md': changed })
}
const play = (scripts: Readonly<Record<string, string>>) => () => workspace.agents.play(scripts)
const gotcha = respec('- a\n', '- a\n\nGotchas:\n- Mind it\n\n')
const both = { 'implement 1 a': 'echo a > shared.txt', 'implement 1 b': 'echo b > shared.txt' }
const good = 'echo 1 > phase-1.txt'
const proven = 'Test Command: test -f phase-1.txt'

const rows: readonly Row[] = [
  {
    what: 'an agent that leaves its paths',
    spec: one('Modules: a (a/**), b (b/**)', 'Test Command: test -d a'),
    agents: { 'implement 1 a': 'mkdir -p a c; echo 1 > a/a.txt; echo 1 > c/c.txt' },
    reason: 'ownership',
    hint: /`Modules: (a \(a\/\*\*, c\/\*\*\))`.*commit the spec, then run: npx nx run spec:conduct$/,
    follow: async (found) => respec('a (a/**)', found[1] ?? '')(),
  },
  {
    what: 'a setup that fails',
    spec: specWith('setup: { command: test -f ready, inputs: [.spec/SPEC.md] }', ['One', '- a', proven]),
    reason: 'setup',
    hint: /^Fix it, then run: npx nx run spec:conduct$/,
    follow: () => workspace.commit({ ready: '' }),
  },
  {
    what: 'an agent that ends without work',
    spec: one(proven),
    agents: { implement: 'echo sorry; exit 3' },
    reason: 'agent-unavailable',
    hint: /then run: npx nx run spec:conduct$/,
    follow: () => workspace.agents.forget('implement'),
  },
  {
    what: 'an agent whose time is over',
    spec: specWith('budget: { wall: 2s }', ['One', '- a', proven]),
    agents: { implement: `sleep 3; ${good}` },
    reason: 'out-of-budget',
    hint: /^Raise budget\.wall in the spec's front matter, .* run: npx nx run spec:conduct$/,
    follow: respec('wall: 2s', 'wall: 60s'),
  },
  {
    what: 'a nested repository',
    spec: one(proven),
    agents: { implement: `mkdir sub; git init -q sub; ${good}` },
    reason: 'refused-work',
    hint: /^Say in the phase's gotchas what the agent has to avoid, commit, and run: npx nx run spec:conduct$/,
    follow: () => Promise.all([gotcha(), play({ implement: good })()]),
  },
  {
    what: "a ref of the user's that an agent moved",
    spec: one(proven),
    agents: {
      implement: `echo x > x.txt; git add x.txt; git -c user.name=A -c user.email=a@example.com commit -q -m Work; git tag v1; ${good}`,
    },
    reason: 'repository-changed',
    hint: /^Undo it with: (.*) – then run: npx nx run spec:conduct, which/,
    follow: (found) => workspace.shell(found[1] ?? ''),
  },
  {
    what: 'markers that a synthesis leaves',
    spec: one('Modules: a, b', 'Test Command: test -f a.txt && test -f b.txt'),
    agents: { ...both, synthesis: 'true' },
    reason: 'conflict-markers',
    hint: /^Give the modules paths of their own in the spec, .*npx nx run spec:conduct$/,
    follow: () =>
      Promise.all([
        respec('Modules: a, b', 'Modules: a (a.txt), b (b.txt)')(),
        play({ 'implement 1 a': 'echo a > a.txt', 'implement 1 b': 'echo b > b.txt' })(),
      ]),
  },
  {
    what: 'a line that a synthesis loses',
    spec: one('Modules: a, b', 'Test Command: test -f shared.txt'),
    agents: { ...both, synthesis: 'echo b > shared.txt' },
    reason: 'lost-lines',
    hint: /^Say in the phase's gotchas which side gives way, .*commit, .*npx nx run spec:conduct$/,
    follow: () => Promise.all([gotcha(), play({ synthesis: 'printf "a\\nb\\n" > shared.txt' })()]),
  },
  {
    what: 'links that lead out once they are merged',
    spec: one('Modules: a (p/**), b (l)', 'Test Command: test -e p'),
    agents: { 'implement 1 a': 'mkdir -p p/q; ln -s ../.. p/q/d', 'implement 1 b': 'ln -s p/q/d/../secret l' },
    reason: 'escaping-link',
    hint: /^Say in the phase's gotchas that links must stay in the repository, commit, then run: npx nx run spec:conduct$/,
    follow: () => Promise.all([gotcha(), play({ 'implement 1 b': 'echo > l' })()]),
  },
  {
    what: 'a phase that stays red, by hand',
    spec: specWith('rounds: 0', ['One', '- a', 'Test Command: grep -q good phase-1.txt']),
    reason: 'escalated',
    hint: /npx nx run spec:hand-in --phase=1/,
    follow: async (_, { escalation }) => {
      const worktree = escalation?.worktree ?? ''
      await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
      expect((await handingIn(workspace, '1')).end.kind).toBe('complete')
    },
  },
  {
    what: 'a reviewer that gives no verdict',
    spec: specWith('review: final', ['One', '- a', proven]),
    agents: { review: 'echo APPROVED' },
    reason: 'escalated',
    hint: /npx nx run spec:conduct/,
    follow: play({ review: approve }),
  },
]

test.each(rows)('$what: after what is printed was done, the next run goes on', async ({ spec, agents, ...row }) => {
  workspace = await Workspace.with({ spec, ...(agents === undefined ? {} : { agents }) })
  const run = await workspace.conduct()
  const [failure] = run.failures
  expect(failure, run.text).toMatchObject({ reason: row.reason })
  if (failure === undefined) throw new Error('it did not fail')
  const text = failure.escalation === undefined ? failureText(failure) : escalationText(failure.escalation)
  const said = failure.hint ?? text
  const found = row.hint.exec(said)
  if (found === null) throw new Error(`the hint is another: ${said}`)
  const status = await readStatus(await workspace.open())
  expect(status === undefined ? '' : statusText(status, 'none')).toContain(text)
  await row.follow(found, failure)
  const done = await workspace.conduct()
  expect(done.failures, done.text).toEqual([])
})
