import type { Lost } from '../import/foreign-plan.ts'
import { lineRanges } from '../import/lost.ts'
import { printableLine } from '../printable.ts'

/** What an import could not carry over, a line each, by the lines of the file; empty when nothing got lost. */
export function formatLost(lost: readonly Lost[], path: string): string {
  return lost
    .map(({ lines, what, instead }) => `${printableLine(`  ${path}:${lineRanges(lines)}  ${what}: ${instead}`)}\n`)
    .join('')
}
