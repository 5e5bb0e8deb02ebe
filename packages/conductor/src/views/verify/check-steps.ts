import { posix } from 'node:path'
import { lockfiles } from '@nx-conduct/spec'
import type { History } from './check-phases.ts'
import { type Json, listOf, memberOf, textOf, textsOf } from './json.ts'
import type { Entry } from './read-log.ts'

/**
 * Checks where trees come from: a complete phase from `validate`, that from `test`, that from `integrate`, each of them
 * else from a fixing agent or, for a phase that was there, from the base; and `integrate` from what modules made.
 */
export async function checkSteps(history: History): Promise<void> {
  const trees = new Sources()
  for (const run of history.runs.values()) if (run.baseTree !== undefined) trees.add('base', run.baseTree)
  for (const entry of history.entries) {
    const { seq, type, body } = entry
    if (type === 'agent.finished') trees.add(textOf(body, 'role'), textOf(body, 'tree'))
    else if (type === 'step.accepted') await checkStep(history, trees, entry)
    else if (type === 'phase.complete') {
      const tree = textOf(body, 'tree')
      const isBase = body['satisfied'] === true && trees.has(tree, 'base')
      if (!isBase && !trees.has(tree, 'validate')) {
        history.report(
          'accepted-tree',
          `event ${seq} completes phase ${textOf(body, 'phase')} on ${tree.slice(0, 12)}, which no validate accepted before`,
        )
      }
      trees.add('base', tree)
    }
  }
}

/** Steps in their order, with what each may have taken its tree from. */
const from: Readonly<Record<string, readonly string[]>> = {
  test: ['integrate', 'fix-executor', 'base'],
  validate: ['test', 'fix-executor', 'base'],
}

async function checkStep(history: History, trees: Sources, { seq, body }: Entry): Promise<void> {
  const step = textOf(body, 'step')
  const result = memberOf(body, 'result')
  const tree = textOf(result, 'tree')
  // What another machine made is not in this log. Its tree was checked again here.
  const isImported = body['source'] === 'imported'
  const sources = from[step]
  if (sources && !isImported && !trees.has(tree, ...sources)) {
    history.report(
      'step-chain',
      `event ${seq} accepts ${step} of phase ${textOf(body, 'phase')} on ${tree.slice(0, 12)}, which nothing before it made`,
    )
  }
  if (step === 'integrate' && body['source'] === 'executed') await checkIntegrated(history, seq, body, result)
  trees.add(step, tree)
  // A phase may start before the one that it is based on is recorded as complete.
  if (step === 'worktrees' || step === 'validate') trees.add('base', tree)
}

/**
 * Every path that `integrate` changed is as some module, or a synthesis, has it; where two changed it, as they merge. A lockfile that it
 * says was made again is what a package manager wrote.
 */
async function checkIntegrated({ git, entries, runs, report }: History, seq: number, body: Json, result: Json) {
  const tree = textOf(result, 'tree')
  const phase = textOf(body, 'phase')
  const base = await git.treeOf(`${textOf(result, 'commit')}^1`)
  if (base === undefined) return
  const [before, after] = [await git.files(base), await git.files(tree)]
  const run = runs.get(textOf(body, 'run'))
  const ours = run === undefined || run.specFolder === '' ? 'phases/' : `${run.specFolder}/phases/`
  const regenerated = textsOf(result, 'regenerated').filter(
    (path) => after.has(path) && locks.has(posix.basename(path)),
  )
  let unexplained = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path) && !path.startsWith(ours) && !regenerated.includes(path),
  )
  const changers = new Map<string, number>()
  for (const made of madeBefore(entries, seq, phase)) {
    if (unexplained.length === 0) break
    const files = await git.files(made)
    unexplained = unexplained.filter((path) => {
      if (files.get(path) === after.get(path)) return false
      if (files.get(path) !== before.get(path)) changers.set(path, (changers.get(path) ?? 0) + 1)
      return (changers.get(path) ?? 0) < 2
    })
  }
  if (unexplained.length > 0) {
    const named = unexplained.slice(0, 3).join(', ')
    report('module-work', `event ${seq} integrates phase ${phase} with ${named}, which no module of it made`)
  }
}

const locks = new Set<string>(lockfiles)

/** Trees of modules and syntheses, those of the phase first: a phase that was renumbered reuses what it had as another. */
function madeBefore(entries: readonly Entry[], seq: number, phase: string): readonly string[] {
  const made = entries.slice(0, seq - 1).filter(({ type, body }) => {
    if (type === 'step.accepted') return body['step'] === 'implement'
    return type === 'agent.finished' && body['role'] === 'synthesis-architect'
  })
  const first = made.filter(({ body }) => body['phase'] === phase)
  const ordered = [...first, ...made.filter((each) => !first.includes(each))]
  const trees = ordered.map(({ type, body }) =>
    textOf(type === 'agent.finished' ? body : memberOf(body, 'result'), 'tree'),
  )
  return [...new Set(trees)].filter((tree) => tree !== '')
}

/** Trees by what made them. */
class Sources {
  readonly #trees = new Map<string, Set<string>>()

  add(source: string, tree: string): void {
    const trees = this.#trees.get(source) ?? new Set()
    this.#trees.set(source, trees.add(tree))
  }

  has(tree: string, ...sources: readonly string[]): boolean {
    return sources.some((source) => this.#trees.get(source)?.has(tree) === true)
  }
}

/** Commits that the log names as results of runs. */
export function resultsIn(entries: readonly Entry[]): ReadonlySet<string> {
  const found = entries.map(({ type, body }) => {
    if (type === 'finalize.started' || type === 'run.finalized') return textOf(body, 'to')
    const isResult = type === 'step.accepted' && body['step'] === 'finalize'
    return isResult ? textOf(memberOf(body, 'result'), 'commit') : ''
  })
  return new Set(found.filter((commit) => commit !== ''))
}

/** Commits that the log names as those of complete phases, with the slugs that they may have a checkpoint under. */
export function completedIn({
  entries,
  runs,
}: Pick<History, 'entries' | 'runs'>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const { type, body } of entries) {
    if (type !== 'phase.complete') continue
    const phases = runs.get(textOf(body, 'run'))?.plan.phases ?? []
    const slug = phases.find(({ id }) => id === body['phase'])?.slug ?? ''
    const commit = textOf(body, 'commit')
    found.set(commit, (found.get(commit) ?? new Set()).add(slug))
  }
  return found
}

/** What redos and rollbacks raised. */
export function raisedIn(entries: readonly Entry[]): readonly (Json & { readonly seq: number })[] {
  return entries
    .filter(({ type }) => type === 'epochs.raised')
    .flatMap(({ seq, body }) => listOf(body, 'raised').map((raised) => ({ ...raised, seq })))
}
