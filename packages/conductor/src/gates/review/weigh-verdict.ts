import type { Citation, Finding, Verdict } from '@nx-conduct/agent'
import type { FindingSeverity } from '@nx-conduct/spec'
import type { RecordedVerdict } from '@nx-conduct/store'
import type { ReviewRule } from '../gate-kind.ts'

/** How many lines a file of the judged tree has; undefined where it has no such file. */
export type LinesOf = (path: string) => number | undefined

const order: readonly FindingSeverity[] = ['critical', 'major', 'minor']

export type Checked =
  | { readonly kind: 'usable'; readonly verdict: RecordedVerdict }
  /** It asks for changes, and names nothing that anybody could act on. */
  | { readonly kind: 'unusable'; readonly why: string }

/**
 * Drops what a verdict says of lines that do not exist, and keeps count of it. A criterion that it calls kept or broken without a line that
 * shows it is unclear. `criteria`: those that it was asked to judge.
 */
export function checkVerdict(verdict: Verdict, criteria: readonly string[], linesOf: LinesOf): Checked {
  const exists = ({ file, line }: Citation): boolean => line <= (linesOf(file) ?? 0)
  const findings = verdict.findings.filter(exists)
  const dropped = verdict.findings.length - findings.length
  const judged = criteria.map((text, at): RecordedVerdict['criteria'][number] => {
    // Where it contradicts itself, the worse word counts.
    const said = verdict.criteria.filter(({ criterion }) => criterion === at + 1)
    const word = said.find(({ holds }) => holds === 'no') ?? said.find(({ holds }) => holds === 'unclear') ?? said[0]
    if (word === undefined) return { text, holds: 'unclear', why: 'not judged', citations: [] }
    const citations = word.citations.filter(exists)
    const holds = citations.length === 0 ? 'unclear' : word.holds
    return { text, holds, why: word.why, citations }
  })
  const isEmpty = findings.length === 0 && !judged.some(({ holds }) => holds === 'no')
  if (verdict.verdict === 'request-changes' && isEmpty) {
    const lines =
      dropped === 1 ? 'its one finding is about a line that does' : `its ${dropped} findings are about lines that do`
    return {
      kind: 'unusable',
      why: dropped === 0 ? 'It asks for changes and names none.' : `It asks for changes, and ${lines} not exist.`,
    }
  }
  return {
    kind: 'usable',
    verdict: { verdict: verdict.verdict, summary: verdict.summary, findings, dropped, criteria: judged },
  }
}

/** What of a verdict fails the gate, a text each; empty where it passes. The words `approve` and `request-changes` decide nothing. */
export function failuresIn({ findings, criteria }: RecordedVerdict, { fails, strict }: ReviewRule): readonly string[] {
  const broken = criteria.filter(({ holds }) => holds === 'no' || (strict && holds === 'unclear'))
  return [
    ...findings.filter(({ severity }) => isAtLeast(severity, fails)).map(findingText),
    ...broken.map(({ text, holds, why, citations }) => {
      const at = citations.map(({ file, line }) => `${file}:${line}`).join(', ')
      const what = holds === 'no' ? 'does not hold' : 'was not shown to hold'
      return `${at === '' ? '' : `${at}: `}criterion "${text}" ${what}: ${why}`
    }),
  ]
}

/** A finding as people and agents read it. */
export function findingText({ file, line, severity, what, why, suggestion }: Finding): string {
  return [
    `${file}:${line}: ${severity}: ${what}`,
    ...(why.trim() === '' ? [] : [`  why: ${why}`]),
    ...(suggestion.trim() === '' ? [] : [`  suggestion: ${suggestion}`]),
  ].join('\n')
}

function isAtLeast(severity: FindingSeverity, least: FindingSeverity): boolean {
  return order.indexOf(severity) <= order.indexOf(least)
}
