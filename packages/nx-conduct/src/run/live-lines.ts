import {
  type Clock,
  follow,
  heartbeatLine,
  type LineStyle,
  nothingRuns,
  type Progress,
  progressLine,
  type Running,
} from '@nx-conduct/conductor'

/** How much a person sees of a run while it runs. */
export interface Detail extends LineStyle {
  /** After so long without a line, what works is told. */
  readonly quietMs: number
}

/** At a terminal no 15 seconds pass without a line while something works: a second is left for the timer. */
const terminalQuietMs = 14_000

/** A log is read afterwards. */
const ciQuietMs = 60_000

/** Where a run is shown. `NX_VERBOSE_LOGGING` is Nx's `--verbose`. */
export function detailIn(env: Readonly<Record<string, string | undefined>>): Detail {
  const isCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false'
  return {
    quietMs: isCi ? ciQuietMs : terminalQuietMs,
    verbose: env['NX_VERBOSE_LOGGING'] === 'true',
    narrow: env['NX_TUI'] === 'true',
  }
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
