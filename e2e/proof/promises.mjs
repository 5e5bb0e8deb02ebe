import { checkHistory } from '@nx-conduct/conductor'
import { ranTwice, readEvents } from './history.mjs'
import { eventually, leftBehind, processesIn } from './left-behind.mjs'
import { changes, userState } from './user-state.mjs'

/** How long what a killed process started may take to notice. */
const orphansMs = 3_000

/** Bookkeeping of git for a branch that was moved, besides the files themselves. */
const movedByFinalize = new Set([
  'git:index',
  'git:ORIG_HEAD',
  'git:logs/HEAD',
  'git:logs/refs/heads/main',
  'ref:refs/heads/main',
])

/** Held while the index is moved; gone at the end. */
const ofAnAdvance = /^git:index\.lock$/

/**
 * Promises that hold at every moment, also right after a kill: nothing goes on running, the person's repository is
 * byte-identical until finalize moved the branch, the history is legal. One sentence per broken one.
 */
export async function brokenAnytime(workspace, before) {
  const problems = []
  if (!(await eventually(() => processesIn(workspace.top).length === 0, orphansMs))) {
    problems.push(`still running: ${processesIn(workspace.top).join('; ')}`)
  }
  const events = await readEvents(workspace)
  const finalizing = events.findLast(({ body }) => body.type === 'finalize.started')
  problems.push(...(await touched(workspace, before, finalizing?.body.to)))
  problems.push(...(await checkHistory(workspace.root, 'spec')).problems)
  return problems
}

/**
 * Promises at the end of a run that succeeded, whatever happened before: the same tree as an undisturbed run, nothing
 * of the person's touched but by the merge, nothing run twice, nothing left behind.
 *
 * @param {{ tree: string, sessions: number }} expected of the undisturbed run
 */
export async function brokenAtEnd(workspace, before, expected) {
  const problems = await brokenAnytime(workspace, before)
  const tree = await workspace.git('rev-parse', 'main^{tree}')
  if (tree !== expected.tree) problems.push(`main holds the tree ${tree}, an undisturbed run gives ${expected.tree}`)
  const status = await workspace.git('status', '--porcelain')
  if (status !== before.status) problems.push(`the person's own changes are ${JSON.stringify(status)} now`)
  const events = await readEvents(workspace)
  for (const key of ranTwice(events)) problems.push(`the session ${key.slice(0, 12)} ran twice`)
  for (const run of endedUnsaid(events)) problems.push(`run ${run} moved the branch and was never finalized`)
  const sessions = events.filter(({ body }) => body.type === 'agent.finished' && body.outcome === 'reported').length
  if (sessions !== expected.sessions) problems.push(`${sessions} sessions, an undisturbed run has ${expected.sessions}`)
  problems.push(...(await leftBehind(workspace)))
  return problems
}

/** Runs that began to move the branch and whose end was not recorded. */
function endedUnsaid(events) {
  const runs = (type) => events.filter(({ body }) => body.type === type).map(({ body }) => body.run)
  const finalized = new Set(runs('run.finalized'))
  return [...new Set(runs('finalize.started'))].filter((run) => !finalized.has(run))
}

/** Once finalize moves the branch to `target`, what that merge does not touch still has to stay, staged or not. */
async function touched(workspace, before, target) {
  const found = changes(before.state, await userState(workspace))
  const merged = new Set(
    target === undefined ? [] : (await workspace.git('diff', '--name-only', before.head, target)).split('\n'),
  )
  const isMerge = (path) => movedByFinalize.has(path) || merged.has(path) || ofAnAdvance.test(path)
  return found
    .filter((line) => target === undefined || !isMerge(line.replace(/ (is gone|is new|changed)$/, '')))
    .map((line) => `not the run's to touch: ${line}`)
}

/** The person's repository before a run. */
export async function takeBefore(workspace) {
  return {
    head: await workspace.git('rev-parse', 'HEAD'),
    status: await workspace.git('status', '--porcelain'),
    state: await userState(workspace),
  }
}
