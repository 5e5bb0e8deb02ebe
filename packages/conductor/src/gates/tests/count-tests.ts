import { stripVTControlCharacters } from 'node:util'
import type { TestCounts } from '@nx-conduct/store'
import { runners } from './runners.ts'

/**
 * How many tests a command ran, by what its test runners printed: all summaries added up. Undefined where no runner that we know printed one.
 * `isCut`: lines are missing from the output, so that only what is in it is known to have run.
 */
export function countTests(output: string, isCut: boolean): TestCounts | undefined {
  const text = stripVTControlCharacters(output).replaceAll('\r\n', '\n')
  const found = runners.map((runner) => ({ name: runner.name, summaries: runner.read(text) }))
  const used = found.filter(({ summaries }) => summaries.length > 0)
  if (used.length === 0) return undefined
  const summaries = used.flatMap((each) => each.summaries)
  const ran = summaries.map((summary) => summary.ran)
  const isKnown = !isCut && ran.every((each) => each !== undefined)
  return {
    runners: used.map(({ name }) => name),
    ...(isKnown ? { ran: ran.reduce((sum: number, each) => sum + (each ?? 0), 0) } : {}),
    skipped: summaries.reduce((sum, { skipped }) => sum + skipped, 0),
  }
}
