import type { Event } from '@nx-conduct/store'
import { describeRule } from '../../gates/registry.ts'
import type { FailedStep, RunStatus } from '../status.ts'
import { escalationText } from './escalation.ts'
import { summaryText } from './summary.ts'
import { table } from './table.ts'

/** A run's state as a person reads it: phases, gates with their evidence, who is at what, what happened last, what to do next. */
export function statusText(status: RunStatus, sandbox: string): string {
  const { summary, phases, held, events, escalations, failures } = status
  const gates = phases.flatMap(({ id, gates: of }) =>
    of.length === 0
      ? []
      : [
          [
            `phase ${id}`,
            `${of.filter(({ outcome }) => outcome === 'passed').length} of ${of.length} gates pass`,
            `on tree ${of[0]?.tree.slice(0, 7) ?? ''}`,
            of
              .map(({ gate }) => gate)
              .filter(unique)
              .join(', '),
          ],
        ],
  )
  return [
    `run ${summary.run ?? ''} (${summary.status}), opened ${summary.startedAt ?? ''}`,
    '',
    summaryText(summary, { sandbox, next: [], ...(status.kept === undefined ? {} : { landing: status.kept }) }),
    ...(gates.length === 0 ? [] : ['', '  Gates:', table(gates, '    ')]),
    ...(held.length === 0
      ? []
      : [
          '',
          '  Held now:',
          table(
            held.map(({ step, lease }) => [
              step,
              `${lease.holder.host}, process ${lease.holder.pid}`,
              `since ${lease.since}`,
            ]),
            '    ',
          ),
        ]),
    '',
    '  Last events:',
    table(
      events.map((event) => [String(event.seq), event.at, event.body.type, aboutEvent(event)]),
      '    ',
    ),
    ...escalations.map((escalation) => `\n${escalationText(escalation)}`),
    ...failures.map((failure) => `\n${failureText(failure)}`),
    '',
    `  Next: ${status.next}`,
  ].join('\n')
}

/** As the end of the run says it. */
export function failureText({ message, hint }: Pick<FailedStep, 'message' | 'hint'>): string {
  return `✖ ${message}${hint === undefined ? '' : `\n  next      ${hint}`}`
}

function aboutEvent({ body }: Event): string {
  if (body.type === 'evidence.recorded') {
    const { gate, rule, outcome } = body.evidence
    return `${gate} ${outcome}: ${describeRule(gate, rule)}`
  }
  const parts = [
    'phase' in body && body.phase !== '' ? `phase ${body.phase}` : undefined,
    'step' in body ? body.step : undefined,
    'module' in body ? body.module : undefined,
    'role' in body ? body.role : undefined,
    body.type === 'phase.judged' ? `${body.verdict} by ${body.by}` : undefined,
    body.type === 'phase.handed-in' ? `from ${body.from}` : undefined,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

function unique(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index
}
