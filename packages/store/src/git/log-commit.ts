import type { Event } from '../event.ts'

/** The fields of one log entry's commit, besides the event in its tree. */
export interface LogCommit {
  readonly tree: string
  /** The log entry before this one. */
  readonly previous: string | undefined
  readonly seq: number
  /** The newest folded state at or before this entry: after which event, and in which commit's tree (`self`: this one's). */
  readonly snapshot: { readonly seq: number; readonly commit: string | 'self' } | undefined
}

const author = 'nx-conduct <nx-conduct@localhost>'

/** The bytes of the commit object for an event. Parents: the entry before it, then every commit it makes reachable. */
export function encodeLogCommit(
  spec: string,
  event: Event,
  of: Omit<LogCommit, 'seq'> & { readonly accepted: readonly string[] },
): Buffer {
  const parents = [...new Set([...(of.previous === undefined ? [] : [of.previous]), ...of.accepted])]
  const seconds = Math.floor(new Date(event.at).getTime() / 1000)
  const about = 'phase' in event.body && event.body.phase !== '' ? ` (phase ${oneLine(event.body.phase)})` : ''
  return Buffer.from(
    [
      `tree ${of.tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${author} ${seconds} +0000`,
      `committer ${author} ${seconds} +0000`,
      '',
      `${event.seq} ${event.body.type}${about}`,
      '',
      `Conduct-Log: ${spec}`,
      `Conduct-Seq: ${event.seq}`,
      `Conduct-First: ${of.previous === undefined ? 'yes' : 'no'}`,
      ...(of.snapshot ? [`Conduct-State: ${of.snapshot.seq} ${of.snapshot.commit}`] : []),
      '',
    ].join('\n'),
  )
}

/** Reads a log commit; `undefined` when the object is a commit of another kind. */
export function decodeLogCommit(content: Buffer): LogCommit | undefined {
  const text = content.toString('utf8')
  const gap = text.indexOf('\n\n')
  const header = text.slice(0, gap)
  const message = text.slice(gap)
  const tree = /^tree ([0-9a-f]+)$/m.exec(header)?.[1]
  const seq = /^Conduct-Seq: (\d+)$/m.exec(message)?.[1]
  const first = /^Conduct-First: (yes|no)$/m.exec(message)?.[1]
  if (tree === undefined || seq === undefined || first === undefined) return undefined
  const previous = first === 'yes' ? undefined : /^parent ([0-9a-f]+)$/m.exec(header)?.[1]
  if (first === 'no' && previous === undefined) return undefined
  const state = /^Conduct-State: (\d+) ([0-9a-f]+|self)$/m.exec(message)
  const snapshot = state?.[2] === undefined ? undefined : { seq: Number(state[1]), commit: state[2] }
  return { tree, previous, seq: Number(seq), snapshot }
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 60)
}
