import type { Detail } from '@nx-conduct/conductor'

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
