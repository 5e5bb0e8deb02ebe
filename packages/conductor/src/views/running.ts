import type { Progress, StepPlace } from './progress.ts'

/** Something that takes time, since when by a clock that never jumps. */
interface Since {
  readonly sinceMs: number
}

export interface RunningAgent extends Since {
  readonly place: StepPlace
  readonly role: string
  /** The API asked it to wait, until then. */
  readonly waitsUntilMs?: number
}

export interface RunningWork extends Since {
  readonly kind: 'command' | 'checkout'
  readonly what: string
  readonly isWaiting: boolean
}

export interface RunningStep extends Since {
  readonly place: StepPlace
  /** The process that holds its lease, while it does. */
  readonly waitsFor?: string
}

/** All that works or waits in a run at one moment. */
export interface Running {
  readonly steps: readonly RunningStep[]
  readonly agents: readonly RunningAgent[]
  readonly work: readonly RunningWork[]
}

export const nothingRuns: Running = { steps: [], agents: [], work: [] }

/** What works and waits after something was reported. Pure; `atMs`: when it was. */
export function follow(running: Running, progress: Progress, atMs: number): Running {
  const { steps, agents, work } = running
  switch (progress.type) {
    case 'step-started':
      return { ...running, steps: [...steps, { place: progress.place, sinceMs: atMs }] }
    case 'step-ended':
    case 'step-failed':
      // An agent that is stopped does not report its end.
      return { ...running, steps: without(steps, progress.place), agents: without(agents, progress.place) }
    case 'waiting':
    case 'waited': {
      const { place } = progress
      const waitsFor = progress.type === 'waiting' ? { waitsFor: progress.holder } : {}
      return { ...running, steps: [...without(steps, place), { place, sinceMs: atMs, ...waitsFor }] }
    }
    case 'agent-started': {
      const { place, role } = progress
      return { ...running, agents: [...agents, { place, role, sinceMs: atMs }] }
    }
    case 'agent-retry': {
      const waitsUntilMs = atMs + progress.waitMs
      const next = agents.map((agent) => (isSame(agent.place, progress.place) ? { ...agent, waitsUntilMs } : agent))
      return { ...running, agents: next }
    }
    case 'agent-ended':
      return { ...running, agents: without(agents, progress.place) }
    case 'work': {
      const { kind, what, state } = progress
      const meant = (isWaiting: boolean) =>
        work.findIndex((one) => one.kind === kind && one.what === what && one.isWaiting === isWaiting)
      if (state === 'waits') return { ...running, work: [...work, { kind, what, sinceMs: atMs, isWaiting: true }] }
      if (state === 'runs')
        return {
          ...running,
          work: [...withoutIndex(work, meant(true)), { kind, what, sinceMs: atMs, isWaiting: false }],
        }
      // One that was stopped before it ran ends, too.
      return { ...running, work: withoutIndex(work, meant(false) >= 0 ? meant(false) : meant(true)) }
    }
    case 'run':
    case 'agent-turn':
    case 'agent-tool':
    case 'agent-said':
    case 'gate':
    case 'setup':
    case 'notice':
      return running
    default:
      return progress satisfies never
  }
}

function without<T extends { readonly place: StepPlace }>(items: readonly T[], place: StepPlace): readonly T[] {
  return items.filter((item) => !isSame(item.place, place))
}

function isSame(one: StepPlace, other: StepPlace): boolean {
  return one.step === other.step && one.phase === other.phase && one.module === other.module
}

function withoutIndex<T>(items: readonly T[], index: number): readonly T[] {
  return index < 0 ? items : items.toSpliced(index, 1)
}
