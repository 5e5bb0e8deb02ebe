import type { RecordedVerdict } from '@nx-conduct/store'
import type { ReviewSummary } from '../reviews.ts'

/** So many findings of one verdict are named. */
const mostFindings = 10

/** What agents judged, as a person reads it: apart from what a machine checked. */
export function reviewLines(reviews: readonly ReviewSummary[]): readonly string[] {
  return reviews.flatMap(({ role, phase, outcome, verdict }) => {
    const of = phase === undefined ? 'the whole' : `phase ${phase}`
    const { findings, dropped } = verdict
    const counts = [
      findings.length === 0 ? 'no finding' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`,
      ...(dropped === 0 ? [] : [`${dropped} dropped, about lines that do not exist`]),
    ]
    const more = findings.length > mostFindings ? [`    and ${findings.length - mostFindings} more`] : []
    return [
      `  The ${role} ${outcome === 'passed' ? 'passes' : 'does not pass'} ${of}: ${counts.join('; ')}`,
      ...findings
        .slice(0, mostFindings)
        .map(({ file, line, severity, what }) => `    ! ${file}:${line}: ${severity}: ${what}`),
      ...more,
    ]
  })
}

/** Criteria that no machine checks, split by what a reviewer said of them. A criterion is named as the reviewer got it. */
export function splitCriteria(
  unverified: readonly string[],
  reviews: readonly ReviewSummary[],
): { readonly judged: readonly string[]; readonly open: readonly string[] } {
  const said = new Map<string, RecordedVerdict['criteria'][number]>()
  for (const { verdict } of reviews) for (const each of verdict.criteria) said.set(each.text, each)
  const judged: string[] = []
  const open: string[] = []
  for (const criterion of unverified) {
    const word = said.get(criterion)
    const at = word?.citations.map(({ file, line }) => `${file}:${line}`).join(', ') ?? ''
    if (word?.holds === 'yes') judged.push(`${criterion} (${at})`)
    else open.push(criterion)
  }
  return { judged, open }
}
