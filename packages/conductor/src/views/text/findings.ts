import type { Finding } from '../../preflight/finding.ts'

const marks = { ok: '✔', info: 'i', warning: '!', error: '✖' } as const

/** One line per finding, and below it what to do. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length))
  return findings
    .map((finding) => {
      const line = `${marks[finding.severity]} ${finding.check.padEnd(width)}  ${finding.message}`
      return 'hint' in finding ? `${line}\n${' '.repeat(width + 4)}${finding.hint}` : line
    })
    .join('\n')
}
