import { eventLine, heartbeatLine, type Watched, watchRun } from '@nx-conduct/conductor'

export interface WatchTarget {
  readonly root: string
  /** Name of the spec. */
  readonly spec: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** Prints what a run did and does until it ends or the signal comes. Throws `ConductProblem`. */
export async function watch({ root, spec, signal, print }: WatchTarget): Promise<void> {
  const monotonicMs = () => performance.now()
  const onNotice = ({ message }: { readonly message: string }) => print(`! ${message}`)
  for await (const watched of watchRun({ root, spec, signal, onNotice, now: () => new Date(), monotonicMs })) {
    const text = textOf(watched, spec)
    if (text !== undefined) print(text)
  }
}

function textOf(watched: Watched, spec: string): string | undefined {
  switch (watched.kind) {
    case 'event':
      return eventLine(watched.event, watched.sinceMs)
    case 'working':
      return heartbeatLine(watched.running, { nowMs: watched.nowMs, startedMs: 0, lastLineMs: 0, quietMs: 0 })
    case 'no-run':
      return `There is no run of ${spec} in this repository yet.\n  next      npx nx run ${spec}:conduct`
    case 'finalized':
      return `The run is finished.\n  next      npx nx run ${spec}:status`
    case 'left':
      return `No process works on the run.\n  next      npx nx run ${spec}:status\n            npx nx run ${spec}:conduct`
    default:
      return watched satisfies never
  }
}
