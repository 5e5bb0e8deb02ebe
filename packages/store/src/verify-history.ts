import { PlainGit } from './plain-git.ts'

/**
 * An independent checker: it shares no code with the reducer or the reader of the log, so that a mistake there cannot
 * hide itself here. It reads the repository with plain git and checks the promises.
 */

type Json = Record<string, unknown>

interface Entry {
  readonly commit: string
  readonly parents: readonly string[]
  readonly event: Json
  readonly body: Json
  readonly seq: number
}

export interface HistoryReport {
  /** One sentence per broken promise; empty when the history holds. */
  readonly problems: string[]
  readonly events: number
}

/**
 * Checks the run log of a spec and the work it accepted:
 * A: every accepted commit is there, carries the tree it should, and is reachable from a ref,
 * B: every complete phase has passing evidence for each of its gates on exactly its tree, recorded before it,
 * E: numbers are contiguous, operations and accepted results unique, fences of a step never fall, epochs only rise, and a
 *    finalized run gets no more events.
 *
 * `commonDir` is the repository's common git directory. Throws only when git cannot be started.
 */
export async function verifyHistory(
  commonDir: string,
  spec: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<HistoryReport> {
  const git = new PlainGit(commonDir, env)
  const ref = `refs/conduct/${spec}/log`
  const problems: string[] = []
  const exists = await git.run(['rev-parse', '--verify', '--quiet', ref])
  if (exists.code !== 0) return { problems, events: 0 }

  const entries = await readEntries(git, ref, problems)
  checkOrder(entries, problems)
  checkRecordings(entries, problems)
  checkEpochs(entries, problems)
  checkPhases(entries, problems)
  await checkFenceCounter(git, spec, entries, problems)
  await checkCommits(git, entries, problems)
  return { problems, events: entries.length }
}

async function readEntries(git: PlainGit, ref: string, problems: string[]): Promise<Entry[]> {
  const listed = await git.run([
    'log',
    '--first-parent',
    '--format=%(trailers:key=Conduct-First,valueonly,separator=%x2C)%x09%H %P',
    ref,
  ])
  if (listed.code !== 0) problems.push(`the log cannot be walked to its start: ${listed.stderr.trim()}`)
  const lines = listed.stdout
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  // Commits before the log's first entry are the user's history.
  const first = lines.findIndex(([isFirst]) => isFirst === 'yes')
  if (first < 0 && listed.code === 0) problems.push('the log has no first entry')
  const commits = (first < 0 ? lines : lines.slice(0, first + 1)).map(([, commit = '']) => commit).reverse()
  const entries: Entry[] = []
  const events = await git.objects(commits.map((line) => `${line.split(' ', 1)[0]}:event.json`))
  for (const [index, line] of commits.entries()) {
    const [commit = '', ...parents] = line.split(' ')
    const content = events[index]
    if (content === undefined) {
      problems.push(`entry ${commit}: its event is missing or damaged`)
      continue
    }
    let event: unknown
    try {
      event = JSON.parse(content.body.toString('utf8'))
    } catch {
      event = undefined
    }
    if (!isObject(event) || !isObject(event['body']) || typeof event['seq'] !== 'number') {
      problems.push(`entry ${commit}: its event cannot be read`)
      continue
    }
    if (event['version'] !== 2) problems.push(`entry ${commit}: version ${String(event['version'])} is not known`)
    entries.push({ commit, parents, event, body: event['body'], seq: event['seq'] })
  }
  return entries
}

function checkOrder(entries: readonly Entry[], problems: string[]): void {
  const operations = new Map<unknown, number>()
  for (const [index, { seq, event, parents, commit }] of entries.entries()) {
    if (seq !== index + 1) problems.push(`E: entry ${commit} has number ${seq} at place ${index + 1}`)
    const before = entries[index - 1]
    if (before && parents[0] !== before.commit) problems.push(`E: entry ${seq} does not follow entry ${before.seq}`)
    const operation = event['operationId']
    const earlier = operations.get(operation)
    if (earlier !== undefined)
      problems.push(`E: events ${earlier} and ${seq} record the same operation ${String(operation)}`)
    operations.set(operation, seq)
  }
}

function checkRecordings(entries: readonly Entry[], problems: string[]): void {
  const acceptedAt = new Map<unknown, number>()
  const fences = new Map<unknown, number>()
  const openedAt = new Map<unknown, number>()
  const finalizedAt = new Map<unknown, number>()
  for (const { seq, event, body } of entries) {
    const { type, run, stepKey } = body
    if (type === 'notice' || type === 'epochs.raised') continue
    if (type === 'run.opened') {
      if (openedAt.has(run)) problems.push(`E: events ${openedAt.get(run)} and ${seq} open the same run ${String(run)}`)
      openedAt.set(run, seq)
      continue
    }
    if (!openedAt.has(run)) problems.push(`E: event ${seq} is of run ${String(run)}, which was not opened before`)
    if (finalizedAt.has(run))
      problems.push(`E: event ${seq} is of run ${String(run)}, which event ${finalizedAt.get(run)} finalized`)
    if (type === 'run.finalized') finalizedAt.set(run, seq)
    if (stepKey === undefined) continue
    if (type === 'step.accepted') {
      if (acceptedAt.has(stepKey))
        problems.push(`E: events ${acceptedAt.get(stepKey)} and ${seq} accept a result for step ${String(stepKey)}`)
      acceptedAt.set(stepKey, seq)
    }
    const fence = typeof event['fence'] === 'number' ? event['fence'] : 0
    const highest = fences.get(stepKey) ?? 0
    if (fence < highest)
      problems.push(`E: event ${seq} writes step ${String(stepKey)} under fence ${fence} after fence ${highest}`)
    fences.set(stepKey, Math.max(fence, highest))
  }
}

function checkEpochs(entries: readonly Entry[], problems: string[]): void {
  const epochs = new Map<unknown, number>()
  for (const { seq, body } of entries) {
    if (body['type'] !== 'epochs.raised') continue
    for (const raised of Array.isArray(body['raised']) ? (body['raised'] as unknown[]) : []) {
      const { name, phase, epoch } = isObject(raised) ? raised : {}
      const before = epochs.get(name) ?? 0
      if (typeof epoch !== 'number' || epoch <= before)
        problems.push(`E: event ${seq} raises phase ${String(phase)} to epoch ${String(epoch)} after epoch ${before}`)
      else epochs.set(name, epoch)
    }
  }
}

function checkPhases(entries: readonly Entry[], problems: string[]): void {
  const proofs = new Map<string, Json>()
  const proofName = ({ gate, version, rule, base }: Json, tree: unknown, environment: unknown) =>
    JSON.stringify([
      gate === 'regression' || gate === 'test' ? 'command' : gate,
      version,
      rule,
      base ?? null,
      tree,
      environment,
    ])
  for (const { seq, body } of entries) {
    if (body['type'] === 'evidence.recorded' && isObject(body['evidence'])) {
      const evidence = body['evidence']
      proofs.set(proofName(evidence, evidence['tree'], evidence['environment']), evidence)
    }
    if (body['type'] !== 'phase.complete') continue
    const gates = Array.isArray(body['gates']) ? (body['gates'] as unknown[]) : []
    if (gates.length === 0) problems.push(`B: event ${seq} completes phase ${String(body['phase'])} without a gate`)
    for (const gate of gates) {
      const required = isObject(gate) ? gate : {}
      const found = proofs.get(proofName(required, body['tree'], body['environment']))
      const holds = found?.['outcome'] === 'passed' && (found['exitCode'] === undefined || found['exitCode'] === 0)
      if (!holds) {
        problems.push(
          `B: event ${seq} completes phase ${String(body['phase'])} without proof of ${String(required['gate'])} (${String(required['rule'])}) on ${String(body['tree'])}`,
        )
      }
    }
  }
}

async function checkFenceCounter(
  git: PlainGit,
  spec: string,
  entries: readonly Entry[],
  problems: string[],
): Promise<void> {
  const [counter] = await git.objects([`refs/conduct/${spec}/fence`])
  if (!counter) return
  const text = counter.body.toString('utf8').trim()
  const given = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(given)) {
    problems.push(`E: the counter of fences holds ${JSON.stringify(text.slice(0, 40))}, which is no fence`)
    return
  }
  for (const { seq, event } of entries) {
    if (typeof event['fence'] === 'number' && event['fence'] > given)
      problems.push(`E: event ${seq} has fence ${event['fence']}; only ${given} were given out`)
  }
}

async function checkCommits(git: PlainGit, entries: readonly Entry[], problems: string[]): Promise<void> {
  const claims = entries.flatMap(({ seq, body }) => claimsOf(body).map((claim) => ({ seq, ...claim })))
  const found = await git.objects(claims.map(({ commit }) => commit))
  const missing = new Set<string>()
  for (const [index, { seq, commit, tree }] of claims.entries()) {
    const object = found[index]
    if (object?.type !== 'commit') {
      problems.push(`A: event ${seq} accepts commit ${commit}, which is not in the repository`)
      missing.add(commit)
      continue
    }
    const carried = object.body.toString('latin1').slice(5).split('\n', 1)[0]
    if (tree !== undefined && carried !== tree)
      problems.push(`A: event ${seq} accepts commit ${commit} for tree ${tree}, but it carries ${carried}`)
  }
  const present = [...new Set(claims.map(({ commit }) => commit))].filter((commit) => !missing.has(commit))
  if (present.length === 0) return
  const refs = await git.run(['for-each-ref', '--format=%(objecttype) %(objectname)'])
  const kept = [...refs.stdout.toString('utf8').matchAll(/^(?:commit|tag) ([0-9a-f]+)$/gm)].map(
    (match) => match[1] ?? '',
  )
  // Everything is listed: excluding goes by dates, and is wrong where the clocks of writers differ.
  const listed = await git.run(['rev-list', '--stdin'], [...kept, ''].join('\n'))
  if (listed.code !== 0) problems.push(`A: the history of accepted commits is damaged: ${listed.stderr.trim()}`)
  const reachable = new Set(listed.stdout.toString('utf8').split('\n'))
  for (const commit of present) {
    if (!reachable.has(commit))
      problems.push(`A: accepted commit ${commit} is reachable from no ref; git gc would delete it`)
  }
}

function claimsOf(body: Json): { commit: string; tree: string | undefined }[] {
  const claim = (commit: unknown, tree?: unknown) =>
    typeof commit === 'string' ? [{ commit, tree: typeof tree === 'string' ? tree : undefined }] : []
  switch (body['type']) {
    case 'run.opened':
      return [...claim(body['base']), ...claim(body['plan'])]
    case 'step.accepted':
      return isObject(body['result']) ? claim(body['result']['commit'], body['result']['tree']) : []
    case 'agent.finished':
    case 'phase.complete':
      return claim(body['commit'], body['tree'])
    case 'finalize.started':
    case 'run.finalized':
      return claim(body['to'], body['tree'])
    default:
      return []
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
