import type { StepSource } from '@nx-conduct/store'
import { describeRule, runsCommand } from '../../gates/registry.ts'
import type { Progress, StepPlace } from '../progress.ts'
import { compact, count, duration, elapsed } from './figures.ts'
import { oneLine } from './one-line.ts'
import { tokensText } from './usage.ts'

export interface LineStyle {
  /** Also what agents do, turn by turn. */
  readonly verbose?: boolean
  /** Places are not padded to a column: for a narrow pane. */
  readonly narrow?: boolean
}

/**
 * What happens in a run as lines with the elapsed time, the place, and what. Undefined for what is no news.
 * Pure: `sinceMs` is the time since the run's process started.
 */
export function progressLine(progress: Progress, sinceMs: number, style: LineStyle = {}): string | undefined {
  if (details.has(progress.type) && !style.verbose) return undefined
  const text = say(progress)
  if (text === undefined) return undefined
  const at = 'place' in progress ? placeOf(progress.place) : ''
  const padded = style.narrow ? at : at.padEnd(placeWidth)
  return `${elapsed(sinceMs).padStart(6)}  ${padded}${padded === '' ? '' : ' '}${text}`.trimEnd()
}

/** What agents do, and not how they end. */
const details: ReadonlySet<Progress['type']> = new Set(['agent-turn', 'agent-tool', 'agent-said'])

/** Columns of a place; longer ones are not cut. */
export const placeWidth = 26
const severityMarks = { info: '', warning: '! ', error: '! error: ' } as const

export function placeOf({ step, phase, module }: StepPlace): string {
  if (phase === undefined) return step
  return `phase ${phase} ${step}${module === undefined ? '' : ` ${module}`}`
}

function say(progress: Progress): string | undefined {
  switch (progress.type) {
    case 'run':
      return `run ${progress.run} from ${progress.branch ?? 'detached HEAD'} at ${progress.head.slice(0, 7)}${progress.resumed ? ', resumed' : ''}`
    case 'step-started':
      return undefined
    case 'step-ended':
      return stepEnd(progress.source, progress.summary, progress.durationMs)
    case 'step-failed':
      return `${progress.reason === 'waiting' ? '‖' : '✖'} ${progress.message.split('\n', 1)[0] ?? ''}`
    case 'agent-started':
      return `▸ ${progress.role}${progress.round === undefined ? '' : ` round ${progress.round}`} on ${progress.agent}`
    case 'agent-turn':
      return `  turn ${progress.turn}, ${compact(progress.tokens)} tokens${progress.summary === '' ? '' : `: ${oneLine(progress.summary, 80)}`}`
    case 'agent-tool':
      return `    ${progress.tool}: ${oneLine(progress.summary, 100)}`
    case 'agent-said':
      return `  ${oneLine(progress.summary, 100)}${progress.tokens ? `  (${compact(progress.tokens)} tokens)` : ''}`
    case 'agent-retry':
      return `  the API asks to wait ${duration(progress.waitMs)}: ${progress.why}`
    case 'agent-ended': {
      const { usage } = progress
      return `▪ ${progress.role} ${progress.outcome}: ${count(usage.turns, 'turn')}, ${tokensText(usage)}, ${duration(progress.durationMs)}`
    }
    case 'gate': {
      const { gate, rule, ran = [] } = progress
      const isQuiet = ran.length === 0 && !runsCommand(gate, rule)
      if (progress.recorded || (progress.outcome === 'passed' && isQuiet)) return undefined
      const mark = progress.outcome === 'passed' ? '✓' : '✗'
      const what = `${describeRule(gate, rule)}${ran.length === 0 ? '' : `: ${ran.join(', ')}`}`
      return `${mark} ${gate} ${oneLine(what, 90)}${progress.durationMs >= 100 ? `  (${duration(progress.durationMs)})` : ''}`
    }
    case 'setup': {
      const { command, durationMs } = progress
      return `${durationMs === undefined ? '▸' : '✔'} setup ${oneLine(command, 90)}${durationMs === undefined ? '' : `  (${duration(durationMs)})`}`
    }
    case 'waiting':
      return `waits: ${progress.holder} has been working on this since ${progress.since}`
    case 'waited':
    case 'work':
      return undefined
    case 'notice':
      return `${severityMarks[progress.severity]}${progress.message}${progress.hint === undefined ? '' : `\n${' '.repeat(8)}${progress.hint}`}`
    default:
      return progress satisfies never
  }
}

/** How a step came to its result, and what that is. */
export function stepEnd(source: StepSource, summary: string, durationMs: number): string {
  return `✔ ${marks[source]}${summary}${durationMs >= 100 ? `  (${duration(durationMs)})` : ''}`
}

const marks: Readonly<Record<StepSource, string>> = {
  satisfied: '',
  adopted: 'adopted: ',
  recorded: 'from the run log: ',
  imported: 'from another machine: ',
  executed: '',
}
