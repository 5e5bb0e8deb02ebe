import type { Phase, Plan } from '../plan.ts'
import { printableLine } from '../printable.ts'

/** The plan as a compact table for people: a line per phase, at most `width` columns wide. */
export function planToTable(plan: Plan, width = 120): string {
  const head = ['phase', 'modules', 'depends on', 'test', 'criteria']
  const rows = plan.phases.map((phase) =>
    [
      `${phase.id}  ${phase.title}${phase.done ? ' (done)' : ''}`,
      phase.modules.map(({ name, implicit }) => (implicit ? `(${name})` : name)).join(', '),
      phase.dependsOn.join(', ') || '–',
      phase.testCommands.map(({ command }) => command.replace(/\s*\n\s*/g, '; ')).join(' ; ') || '–',
      criteria(phase),
    ].map(printableLine),
  )
  const natural = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const widths = fit(natural, width - 2 * (head.length - 1))
  return [head, widths.map((one) => '─'.repeat(one)), ...rows]
    .map((row) =>
      row
        .map((cell, column) => shorten(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .concat('')
    .join('\n')
}

function criteria(phase: Phase): string {
  const prose = phase.criteria.filter(({ kind }) => kind === 'prose').length
  return phase.criteria.length === 0 ? '–' : `${phase.criteria.length - prose} typed, ${prose} prose`
}

/** Takes from the widest columns until the row fits; no column gets narrower than ten. */
function fit(natural: readonly number[], room: number): readonly number[] {
  const widths = [...natural]
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= 10) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function shorten(cell: string, width: number): string {
  // A character of two code units is not cut in half.
  return cell.length > width
    ? `${cell.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…`.padEnd(width)
    : cell.padEnd(width)
}
