import type { History } from './check-phases.ts'
import { EvidenceBook } from './evidence.ts'
import { memberOf, textOf } from './json.ts'
import type { Entry } from './read-log.ts'
import { judgedAtTheEnd, nameOf, type Required, requiredAtTheEnd, requiredOf } from './required.ts'

/**
 * Checks every `run.finalized`: all phases of its plan are complete, its tree has passing evidence of every gate of every
 * phase, and it contains the run's base and the commit that the branch was at.
 */
export async function checkFinalized({ git, entries, runs, report }: History): Promise<void> {
  const book = new EvidenceBook(entries)
  for (const { seq, type, body } of entries) {
    if (type !== 'run.finalized') continue
    const run = runs.get(textOf(body, 'run'))
    if (!run) continue
    const name = `event ${seq} finalizes run ${run.id}`
    const { phases } = run.plan
    const complete = completeBefore(entries, run.id, seq)
    const open = phases.filter(({ id }) => !complete.has(id)).map(({ id }) => id)
    if (open.length > 0) report('finalized-phases', `${name} before phase ${open.join(', ')} is complete`)

    const [from, to] = [textOf(body, 'from'), textOf(body, 'to')]
    const tree = textOf(body, 'tree')
    if ((await git.treeOf(to)) !== tree) report('finalized-branch', `${name} to ${to}, which does not carry ${tree}`)
    for (const contained of new Set([run.base, ...(body['moved'] === true ? [from] : [])])) {
      if (!(await git.contains(to, contained))) {
        report('finalized-branch', `${name} to ${to}, which does not contain ${contained}`)
      }
    }
    const gates = distinct([...phases.flatMap((phase) => requiredOf(run.plan, phase)), ...requiredAtTheEnd(run.plan)])
    // A branch that contains the result already was not moved by us: what it holds beside the result is the user's.
    const proven = to === from ? await resultIn(git, entries, run.id, to) : tree
    const missing = proven === undefined ? gates : book.missingAnywhere(gates, proven, seq)
    for (const gate of missing) {
      report('finalized-evidence', `${name} on ${tree.slice(0, 12)} without evidence that ${nameOf(gate)} passed there`)
    }
    // Agents judge what the run made, not what it was merged with when its branch had moved.
    const made = (await resultIn(git, entries, run.id, to)) ?? tree
    const judged = run.baseTree === undefined ? [] : judgedAtTheEnd(run.plan, run.baseTree)
    for (const gate of book.missingAnywhere(judged, made, seq)) {
      report('finalized-evidence', `${name} on ${made.slice(0, 12)} without evidence that ${nameOf(gate)} passed there`)
    }
  }
}

function completeBefore(entries: readonly Entry[], run: string, seq: number): ReadonlySet<string> {
  const complete = entries.filter(
    (entry) => entry.type === 'phase.complete' && entry.seq < seq && entry.body['run'] === run,
  )
  return new Set(complete.map(({ body }) => textOf(body, 'phase')))
}

/** The tree that `finalize` accepted for the run, if the commit contains it. */
async function resultIn(git: History['git'], entries: readonly Entry[], run: string, commit: string) {
  for (const { type, body } of entries) {
    if (type !== 'step.accepted' || body['step'] !== 'finalize' || body['run'] !== run) continue
    const result = memberOf(body, 'result')
    if (await git.contains(commit, textOf(result, 'commit'))) return textOf(result, 'tree')
  }
  return undefined
}

function distinct(gates: readonly Required[]): readonly Required[] {
  return [...new Map(gates.map((gate) => [nameOf(gate), gate])).values()]
}
