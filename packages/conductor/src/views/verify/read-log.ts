import { isObject } from '../../run/json-object.ts'
import type { Json } from './json.ts'
import type { PlainGit } from './plain-git.ts'
import type { Report } from './problem.ts'

/** An entry of a run log, in its order. */
export interface Entry {
  readonly seq: number
  readonly type: string
  readonly body: Json
}

const us = 'nx-conduct <nx-conduct@localhost>'
const trailer = (key: string) => `%(trailers:key=Conduct-${key},valueonly,separator=%x2C)`
const format = ['%H', '%an <%ae>', '%cn <%ce>', trailer('First'), trailer('Seq'), trailer('Log')].join('%x09')

/** Reads a spec's log from the repository. Entries that are not ours, or cannot be read, are reported. */
export async function readLog(git: PlainGit, spec: string, report: Report): Promise<readonly Entry[]> {
  const ref = `refs/conduct/${spec}/log`
  const lines = await git.lines(['rev-list', '--first-parent', '--no-commit-header', `--format=${format}`, ref])
  const all = lines.map((line) => line.split('\t'))
  // Behind the log's first entry is the user's history.
  const first = all.findIndex(([, , , isFirst]) => isFirst === 'yes')
  const commits = all.slice(0, first + 1).reverse()
  if (commits.length === 0 && all.length > 0) report('log-entry', `${ref} has no first entry`)
  const events = await git.objects(commits.map(([commit]) => `${commit}:event.json`))
  const entries: Entry[] = []
  for (const [index, [commit = '', author, committer, , seqTrailer, log]] of commits.entries()) {
    const event = parse(events[index]?.body)
    const seq = event?.['seq']
    const body = event?.['body']
    if (typeof seq !== 'number' || !isObject(body) || typeof body['type'] !== 'string') {
      report('log-entry', `entry ${commit} cannot be read`)
      continue
    }
    if (author !== us || committer !== us) {
      report('log-entry', `entry ${seq} was written by ${author === us ? committer : author}, not by us`)
    }
    if (seqTrailer !== String(seq) || log !== spec || seq !== index + 1) {
      report('log-entry', `entry ${seq} at place ${index + 1} of ${spec} says that it is entry ${seqTrailer} of ${log}`)
    }
    entries.push({ seq, type: body['type'], body })
  }
  return entries
}

function parse(bytes: Buffer | undefined): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
