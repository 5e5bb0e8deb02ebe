import type { Fate } from '../accounted/claim.ts'
import type { Coverage } from '../accounted/coverage.ts'
import { FIELD_LABELS } from '../label.ts'
import { printableLine } from '../printable.ts'

const WIDTH = 24

/** A spec's text as it is, with what became of each line before it; ends with how many lines became what. */
export function coverageToText({ lines, lost, plan }: Coverage): string {
  const digits = String(lines.length).length
  const rows = lines.map(({ line, text, fates, codes }) => {
    const became = text.trim() === '' ? '' : [...fates.map(fateText), ...codes.map((code) => `! ${code}`)].join(', ')
    const parts =
      became.length > WIDTH && codes.length > 0
        ? [fates.map(fateText).join(', '), ...codes.map((code) => `! ${code}`)]
        : [became]
    const [first = '', ...more] = parts.filter((part, at) => part !== '' || at === 0)
    const shown = printableLine(text.replaceAll('\t', '    '))
    return [
      `${String(line).padStart(digits)}  ${first.padEnd(WIDTH)}  ${shown}`.trimEnd(),
      ...more.map((part) => `${' '.repeat(digits)}  ${part}`),
    ].join('\n')
  })
  const counts = new Map<string, number>()
  for (const { text, fates } of lines) {
    if (text.trim() === '') continue
    for (const name of new Set(fates.map(({ kind }) => kind))) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const filled = lines.filter(({ text }) => text.trim() !== '').length
  const sums = [...counts].toSorted((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${name}`)
  const found = plan.diagnostics.length
  const total = `${filled} lines with text: ${sums.join(', ')}; ${found} ${found === 1 ? 'finding' : 'findings'}; ${lost.length} unaccounted for`
  return `${rows.join('\n')}\n\n${total}\n`
}

function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'phase':
      return `${fate.phase} heading`
    case 'field':
      return `${fate.phase} ${FIELD_LABELS[fate.field].toLowerCase()}`
    case 'description':
      return `${fate.phase} description`
    case 'diagnostic':
      return `! ${fate.code}`
    case 'settings':
    case 'heading':
    case 'context':
    case 'markup':
    case 'hidden':
      return fate.kind
    default:
      return fate satisfies never
  }
}
