import { criterionOf } from '../../gates/kinds/review.ts'
import type { Landing } from '../../run/finish-run.ts'
import type { RunSummary } from '../summary.ts'
import { count, duration } from './figures.ts'
import { reviewLines, splitCriteria } from './reviews.ts'
import { table } from './table.ts'
import { costText, tokensText } from './usage.ts'

export interface SummaryContext {
  readonly sandbox: string
  /** Wall time of this process, where one ran. */
  readonly wallMs?: number
  /** What the plan's last phase says a person can do with the result. */
  readonly next: readonly string[]
  /** How the run ended, where it did in this workspace. */
  readonly landing?: Landing
}

/** A run's end as a person reads it: phases, what agents used, where the result is, and what to look at next. */
export function summaryText(summary: RunSummary, context: SummaryContext): string {
  const { usage } = summary
  const rows = summary.phases.map((phase) => [
    mark(phase.status),
    `phase ${phase.id}`,
    phase.title,
    phase.status,
    phase.usage.sessions === 0
      ? ''
      : `${count(phase.usage.sessions, 'agent')}, ${count(phase.usage.turns, 'turn')}, ${tokensText(phase.usage)}${costText(phase.cost)}`,
    [
      phase.fixes > 0 ? count(phase.fixes, 'fix') : '',
      phase.conflicts > 0 ? `${count(phase.conflicts, 'conflict')} resolved` : '',
      phase.approvedBy === undefined ? '' : `approved by ${phase.approvedBy}`,
    ]
      .filter(Boolean)
      .join(', '),
    phase.status === 'complete' ? (phase.commit?.slice(0, 7) ?? '') : '',
  ])
  const modules = summary.phases.reduce((sum, { modules: of }) => sum + of.length, 0)
  const unverified = summary.phases.flatMap((phase) =>
    phase.unverified.map((criterion) => criterionOf(phase, criterion)),
  )
  const { judged, open } = splitCriteria(unverified, summary.reviews)
  const reviews = reviewLines(summary.reviews)
  const removed = summary.phases.flatMap((phase) => phase.removed.map((what) => `phase ${phase.id}: ${what}`))
  const lines = [
    table(rows),
    '',
    `  ${count(summary.phases.length, 'phase')}, ${count(modules, 'module')}; ${
      usage.sessions === 0
        ? 'no agent was called'
        : `${count(usage.sessions, 'agent session')}, ${count(usage.turns, 'turn')}, ${tokensText(usage)}${costText(summary.cost)}`
    }${context.wallMs === undefined ? '' : `; ${duration(context.wallMs)}`}; ${count(summary.commits, 'checkpoint commit')}; sandbox: ${context.sandbox}`,
    ...roleLines(summary),
    ...resultLines(summary, context.landing),
    ...section('Taken away of earlier phases; check that it was meant:', '!', removed),
    ...(reviews.length === 0 ? [] : ['', ...reviews]),
    ...section('No machine checks these criteria; the code-reviewer says that they hold:', '~', judged),
    ...section('No machine checks these criteria; judge them yourself:', '?', open),
    ...(context.next.length === 0 ? [] : ['', '  Next:', ...context.next.map((line) => `    ${line}`)]),
  ]
  return lines.join('\n')
}

function section(heading: string, mark: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `  ${heading}`, ...items.map((item) => `  ${mark} ${item}`)]
}

/** What each role cost, where there are several. */
function roleLines({ usageByRole, costByRole }: RunSummary): readonly string[] {
  const roles = Object.entries(usageByRole)
  if (roles.length < 2) return []
  const rows = roles.map(([role, usage]) => [
    role,
    `${count(usage.sessions, 'session')}, ${count(usage.turns, 'turn')}, ${tokensText(usage)}${costText(costByRole?.[role])}`,
  ])
  return [table(rows, '    ')]
}

function resultLines({ result }: RunSummary, landing: Landing | undefined): readonly string[] {
  if (landing?.kind === 'kept') {
    return [
      `  The result is on the branch ${landing.branch} at ${landing.commit.slice(0, 7)}: ${landing.why}.`,
      `  Take it with: ${landing.command}`,
    ]
  }
  if (!result) return []
  const commit = result.commit.slice(0, 7)
  return [result.moved ? `  ${result.branch ?? 'HEAD'} is at ${commit}` : `  the result is at ${commit}`]
}

function mark(status: RunSummary['phases'][number]['status']): string {
  switch (status) {
    case 'complete':
    case 'satisfied':
      return '✔'
    case 'waiting':
      return '‖'
    case 'failed':
      return '✖'
    case 'in-progress':
      return '…'
    case 'not-started':
      return '·'
    default:
      return status satisfies never
  }
}
