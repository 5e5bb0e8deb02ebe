import { EvidenceBook } from './evidence.ts'
import { listOf, memberOf, textOf } from './json.ts'
import type { PlainGit } from './plain-git.ts'
import type { OpenedRun } from './plans.ts'
import type { Report } from './problem.ts'
import type { Entry } from './read-log.ts'
import { comparedWith, isSame, nameOf, type Required, requiredOf } from './required.ts'

export interface History {
  readonly git: PlainGit
  readonly entries: readonly Entry[]
  readonly runs: ReadonlyMap<string, OpenedRun>
  readonly report: Report
}

/** Checks every `phase.complete` against the plan of its run: its gates, their evidence, and where its tree comes from. */
export async function checkPhases(history: History): Promise<void> {
  const { entries, runs, report } = history
  const book = new EvidenceBook(entries)
  for (const entry of entries) {
    if (entry.type !== 'phase.complete') continue
    const { seq, body } = entry
    const id = textOf(body, 'phase')
    const run = runs.get(textOf(body, 'run'))
    const phase = run?.plan.phases.find((each) => each.id === id)
    if (!run) continue
    if (!phase || phase.digest !== body['slice']) {
      report('plan', `event ${seq} completes phase ${id} for another slice than the plan of its run has`)
      continue
    }
    const tree = textOf(body, 'tree')
    const name = `event ${seq} completes phase ${id} on ${tree.slice(0, 12)}`
    const required = [...requiredOf(run.plan, phase), ...(await addedBy(history, run, entry, phase))]
    const listed = listOf(body, 'gates')
    const unlisted = required.filter((gate) => !listed.some((each) => isSame(gate, each)))
    for (const gate of unlisted) report('required-gates', `${name} without the gate ${nameOf(gate)}`)
    for (const gate of book.missing(required, tree, textOf(body, 'environment'), seq)) {
      report('evidence', `${name} without evidence that ${nameOf(gate)} passed there`)
    }
    if (phase.approval === 'required' && body['satisfied'] !== true && !isApproved(history, entry)) {
      report('approval', `${name}, which asks for approval and has none on that tree`)
    }
    if (!(await saysBuilt(history.git, run, tree, phase.digest))) {
      report('built', `${name}, which has no built.json of its slice`)
    }
  }
}

/** Whether the last word of a person on the tree, before the phase was complete, is that they approve it. */
function isApproved({ entries }: History, { seq, body }: Entry): boolean {
  const words = entries.filter(
    (entry) =>
      entry.seq < seq &&
      entry.type === 'phase.judged' &&
      entry.body['tree'] === body['tree'] &&
      entry.body['slice'] === body['slice'],
  )
  return words.at(-1)?.body['verdict'] === 'approved'
}

type PlanPhase = OpenedRun['plan']['phases'][number]

/** What is required of a phase that added something, compared with its base: the first parent of its commit. */
async function addedBy(
  { git, entries, report }: History,
  run: OpenedRun,
  { seq, body }: Entry,
  phase: PlanPhase,
): Promise<readonly Required[]> {
  const tree = textOf(body, 'tree')
  if (body['satisfied'] !== true) {
    const base = await git.treeOf(`${textOf(body, 'commit')}^1`)
    if (base === undefined) report('evidence', `event ${seq} completes phase ${phase.id} with a commit without a base`)
    return base === undefined ? [] : comparedWith(run.plan, phase, base)
  }
  const bases = new Set<string | undefined>(phase.dependsOn.length === 0 ? [run.baseTree] : [])
  for (const other of entries) {
    if (other.type === 'phase.complete' && other.body['run'] === run.id) {
      if (phase.dependsOn.includes(textOf(other.body, 'phase'))) bases.add(textOf(other.body, 'tree'))
    }
    if (other.type === 'step.accepted' && other.body['step'] === 'worktrees') {
      bases.add(textOf(memberOf(other.body, 'result'), 'tree'))
    }
  }
  if (!bases.has(tree)) {
    report(
      'satisfied',
      `event ${seq} counts phase ${phase.id} as satisfied on ${tree.slice(0, 12)}, which is not its base`,
    )
  }
  return []
}

/** Whether the tree itself names the slice. */
async function saysBuilt(git: PlainGit, run: OpenedRun, tree: string, slice: string): Promise<boolean> {
  const folder = run.specFolder === '' ? 'phases' : `${run.specFolder}/phases`
  const files = (await git.paths(tree, folder)).filter((path) => path.endsWith('/built.json'))
  for (const built of await git.objects(files.map((path) => `${tree}:${path}`))) {
    try {
      const value: unknown = JSON.parse(built?.body.toString('utf8') ?? '')
      if (typeof value === 'object' && value !== null && 'slice' in value && value.slice === slice) return true
    } catch {
      // What cannot be read names no slice.
    }
  }
  return false
}
