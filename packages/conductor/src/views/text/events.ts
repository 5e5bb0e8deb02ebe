import type { Event, EventBody } from '@nx-conduct/store'
import { describeRule } from '../../gates/registry.ts'
import { escalationText } from './escalation.ts'
import { count, duration, elapsed } from './figures.ts'
import { placeOf, placeWidth, stepEnd } from './lines.ts'
import { oneLine } from './one-line.ts'
import { tokensText } from './usage.ts'

/** An event of the run log as {@link progressLine} prints what happens; undefined for what is no news. Pure. */
export function eventLine({ body }: Event, sinceMs: number): string | undefined {
  const text = say(body)
  return text === undefined
    ? undefined
    : `${elapsed(sinceMs).padStart(6)}  ${placeIn(body).padEnd(placeWidth)} ${text}`.trimEnd()
}

function placeIn(body: EventBody): string {
  if (!('phase' in body) || body.phase === '') return 'step' in body ? body.step : ''
  const module = 'module' in body ? body.module : undefined
  const more = module === undefined ? {} : { module }
  if ('step' in body) return placeOf({ step: body.step, phase: body.phase, ...more })
  return `phase ${body.phase}${module === undefined ? '' : ` ${module}`}`
}

function say(body: EventBody): string | undefined {
  switch (body.type) {
    case 'run.opened':
      return `run ${body.run} from ${body.branch ?? 'detached HEAD'} at ${body.base.slice(0, 7)}`
    case 'step.accepted':
      return stepEnd(body.source, body.summary, body.durationMs)
    case 'step.failed':
      // What an escalation or a wait is about comes with an event of its own.
      return body.reason === 'escalated' || body.reason === 'waiting'
        ? undefined
        : `✖ ${body.message.split('\n', 1)[0] ?? ''}`
    case 'agent.finished': {
      const usage = { ...body.usage, sessions: 1 }
      return `▪ ${body.role} ${body.outcome}: ${count(usage.turns, 'turn')}, ${tokensText(usage)}, ${duration(body.durationMs)}`
    }
    case 'evidence.recorded': {
      const { gate, rule, outcome } = body.evidence
      return `${outcome === 'passed' ? '✓' : '✗'} ${gate} ${oneLine(describeRule(gate, rule), 90)}`
    }
    case 'phase.escalated':
      return `needs you\n\n${escalationText(body.escalation)}\n`
    case 'phase.waiting':
      return '‖ waits for approval'
    case 'phase.judged':
      return `${body.verdict} by ${body.by}${body.why === undefined ? '' : `: ${oneLine(body.why, 90)}`}`
    case 'phase.handed-in':
      return `handed in: ${body.from}`
    case 'notice':
      return `! ${body.message}`
    case 'run.finalized':
      return `✔ ${body.moved ? `${body.branch ?? 'HEAD'} is at` : 'the result is at'} ${body.to.slice(0, 7)}`
    case 'step.started':
    case 'phase.complete':
    case 'finalize.started':
    case 'epochs.raised':
      return undefined
    default:
      return body satisfies never
  }
}
