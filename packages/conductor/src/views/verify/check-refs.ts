import type { History } from './check-phases.ts'
import { completedIn, raisedIn, resultsIn } from './check-steps.ts'
import { textOf } from './json.ts'

/** Checks that the refs of a spec's runs are where the log says. Returns what a person did to a result branch. */
export async function checkRefs(history: History, spec: string): Promise<readonly string[]> {
  const { git, entries, report } = history
  const root = `refs/conduct/${spec}`
  const listed = await git.lines(['for-each-ref', '--format=%(objectname) %(refname)', root])
  const refs = new Map(listed.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]))
  const below = (folder: string) => [...refs].filter(([ref]) => ref.startsWith(`${root}/${folder}/`))
  const completed = completedIn(history)
  const raised = raisedIn(entries)

  for (const [ref, commit] of below('checkpoint')) {
    if (completed.get(commit)?.has(ref.slice(`${root}/checkpoint/`.length)) !== true) {
      report('checkpoint-ref', `${ref} is at ${commit}, which the log does not name as accepted for that phase`)
    }
  }

  for (const [ref, commit] of below('archive')) {
    if (completed.has(commit) || ref.startsWith(`${root}/archive/clean/`)) continue
    report('archive-ref', `${ref} is at ${commit}, which the log does not name as accepted`)
  }
  const isClone = below('remote').length > 0
  for (const { seq, archive, phase } of raised) {
    if (typeof archive !== 'string' || isClone || refs.has(archive)) continue
    report('archive-ref', `${archive}, where event ${seq} keeps phase ${String(phase)}, is gone`)
  }

  for (const [name, { seq, epoch }] of latestEpochs(raised)) {
    const ref = `${root}/epoch/${name}`
    const commit = refs.get(ref)
    if (commit === undefined) {
      // Refs of epochs come to a clone with its next redo.
      if (!isClone) report('epoch-ref', `${ref}, which event ${seq} raised to ${epoch}, is gone`)
      continue
    }
    const marked = await epochMarkedBy(history, commit)
    if (marked === undefined) report('epoch-ref', `${ref} is at ${commit}, which marks no epoch`)
    else if (marked < epoch) report('epoch-ref', `${ref} marks epoch ${marked}; event ${seq} raised it to ${epoch}`)
  }

  return resultBranchNotes(history, spec)
}

function latestEpochs(raised: ReturnType<typeof raisedIn>) {
  const latest = new Map<string, { readonly seq: number; readonly epoch: number }>()
  for (const each of raised) {
    if (typeof each['epoch'] === 'number') latest.set(textOf(each, 'name'), { seq: each.seq, epoch: each['epoch'] })
  }
  return latest
}

async function epochMarkedBy({ git }: History, commit: string): Promise<number | undefined> {
  const [object] = await git.objects([commit])
  const [header = '', message = ''] = object?.body.toString('utf8').split('\n\n', 2) ?? []
  const epoch = /^Epoch (\d+) of phase /.exec(message)?.[1]
  const isOurs = object?.type === 'commit' && header.includes('\nauthor nx-conduct <nx-conduct@localhost> ')
  return isOurs && epoch !== undefined ? Number(epoch) : undefined
}

async function resultBranchNotes({ git, entries }: History, spec: string): Promise<readonly string[]> {
  const notes: string[] = []
  const results = resultsIn(entries)
  for (const branch of [`conduct/${spec}`, `nx-conduct-${spec}`]) {
    const [tip] = await git.lines(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])
    if (tip === undefined || results.has(tip)) continue
    let holds = false
    for (const result of results) holds ||= await git.contains(tip, result)
    notes.push(
      holds
        ? `${branch} is at ${tip}: a person added commits to a result`
        : `${branch} is at ${tip}, which holds no result of a run: a person moved it`,
    )
  }
  return notes
}
