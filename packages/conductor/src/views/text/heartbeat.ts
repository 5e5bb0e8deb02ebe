import type { StepPlace } from '../progress.ts'
import type { Running, RunningAgent, RunningWork } from '../running.ts'
import { count, elapsed, seconds } from './figures.ts'
import { oneLine } from './one-line.ts'

export interface HeartbeatClock {
  readonly nowMs: number
  /** When the run's process started. */
  readonly startedMs: number
  /** When the newest line was printed. */
  readonly lastLineMs: number
  /** So long nothing is printed before a heartbeat is. */
  readonly quietMs: number
}

/** So many commands are named. */
const mostCommands = 2

/**
 * A line that tells what works and what waits, since when, when no other line was printed for a while; undefined when it is not due yet,
 * or nothing works. Pure.
 */
export function heartbeatLine(running: Running, clock: HeartbeatClock): string | undefined {
  if (clock.nowMs - clock.lastLineMs < clock.quietMs) return undefined
  const parts = [...busy(running, clock.nowMs), ...waiting(running, clock.nowMs)]
  if (parts.length === 0) return undefined
  return `${elapsed(clock.nowMs - clock.startedMs).padStart(6)}  … ${parts.join('; ')}`
}

function busy({ steps, agents, work }: Running, nowMs: number): readonly string[] {
  const active = agents.filter((agent) => !isPaused(agent, nowMs))
  const commands = work.filter(({ kind, isWaiting }) => kind === 'command' && !isWaiting)
  const checkouts = work.filter(({ kind }) => kind === 'checkout')
  const parts = [
    ...(active.length === 0
      ? []
      : [`${count(active.length, 'agent')}, ${longest(active, nowMs)}: ${active.map(nameOf).join(', ')}`]),
    ...commandParts(commands, nowMs),
    ...(checkouts.length === 0
      ? []
      : [
          `${count(checkouts.length, 'checkout')}, ${longest(checkouts, nowMs)}: ${checkouts.map(({ what }) => what).join(', ')}`,
        ]),
  ]
  if (parts.length > 0 || agents.length > 0 || work.length > 0) return parts
  // Nothing that is told of in detail: git's work, or reading and writing the run log.
  const working = steps.filter(({ waitsFor }) => waitsFor === undefined)
  return working.map((step) => `${placeName(step.place)}, ${longest([step], nowMs)}`)
}

function waiting({ steps, agents, work }: Running, nowMs: number): readonly string[] {
  const paused = agents.filter((agent) => isPaused(agent, nowMs))
  const commands = work.filter(({ isWaiting }) => isWaiting)
  const unstarted = steps.filter(
    ({ place, waitsFor }) =>
      place.step === 'implement' &&
      waitsFor === undefined &&
      agents.length > 0 &&
      !agents.some((agent) => agent.place.phase === place.phase && agent.place.module === place.module),
  )
  return [
    ...(paused.length === 0 ? [] : [`waiting for the API: ${paused.map(nameOf).join(', ')}`]),
    ...(commands.length === 0
      ? []
      : [`waiting to run: ${commands.map(({ what }) => `\`${oneLine(what, 60)}\``).join(', ')}`]),
    ...(unstarted.length === 0
      ? []
      : [`waiting for an agent: ${unstarted.map(({ place }) => place.module ?? placeName(place)).join(', ')}`]),
    ...steps.flatMap(({ place, waitsFor }) =>
      waitsFor === undefined ? [] : [`${placeName(place)} waits for ${waitsFor}`],
    ),
  ]
}

function commandParts(commands: readonly RunningWork[], nowMs: number): readonly string[] {
  const shown = commands
    .slice(0, mostCommands)
    .map((command) => `\`${oneLine(command.what, 60)}\`, ${longest([command], nowMs)}`)
  const more = commands.length - shown.length
  return more === 0 ? shown : [...shown, `${count(more, 'more command')}`]
}

function isPaused({ waitsUntilMs }: RunningAgent, nowMs: number): boolean {
  return waitsUntilMs !== undefined && waitsUntilMs > nowMs
}

/** The module alone for who writes it, the role for others. */
function nameOf({ place, role }: RunningAgent): string {
  if (place.step === 'implement' && place.module !== undefined) return place.module
  return `${role} of ${place.phase === undefined ? place.step : `phase ${place.phase}`}`
}

function placeName({ step, phase, module }: StepPlace): string {
  if (phase === undefined) return step
  return `phase ${phase} ${step}${module === undefined ? '' : ` ${module}`}`
}

function longest(items: readonly { readonly sinceMs: number }[], nowMs: number): string {
  return seconds(nowMs - Math.min(...items.map(({ sinceMs }) => sinceMs)))
}
