import type { Clock } from '../run/surroundings.ts'
import type { Progress } from './progress.ts'
import { follow, nothingRuns, type Running } from './running.ts'
import { heartbeatLine } from './text/heartbeat.ts'
import { type LineStyle, progressLine } from './text/lines.ts'

/** How much is seen of a run while it runs. */
export interface Detail extends LineStyle {
  /** After so long without a line, what works is told. */
  readonly quietMs: number
}

export interface LiveLines {
  report(progress: Progress): void
  /** No heartbeat comes after it. */
  close(): void
}

/** Prints what happens in a run as it comes, and what works when nothing happens. Its timer does not keep the process alive. */
export function liveLines(
  print: (line: string) => void,
  { monotonicMs }: Pick<Clock, 'monotonicMs'>,
  { quietMs, ...style }: Detail,
): LiveLines {
  const startedMs = monotonicMs()
  let lastLineMs = startedMs
  let running: Running = nothingRuns
  const show = (line: string | undefined, nowMs: number) => {
    if (line === undefined) return
    lastLineMs = nowMs
    print(line)
  }
  const timer = setInterval(() => {
    const nowMs = monotonicMs()
    show(heartbeatLine(running, { nowMs, startedMs, lastLineMs, quietMs }), nowMs)
  }, 1_000)
  timer.unref()
  return {
    report(progress) {
      const nowMs = monotonicMs()
      running = follow(running, progress, nowMs)
      show(progressLine(progress, nowMs - startedMs, style), nowMs)
    },
    close: () => clearInterval(timer),
  }
}
