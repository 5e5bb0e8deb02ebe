import type { Diagnostic, Range } from '../diagnostic.ts'
import type { ContextSection, Phase, Plan, Settings } from '../plan.ts'

/** What `compile --json` prints: the whole plan, with places in the text as given. Its schema is published as `nx-conduct/schemas/plan.schema.json`. */
export interface PlanJson {
  readonly name: string
  readonly title: string
  /** With the defaults of what the front matter leaves out. */
  readonly settings: Settings
  readonly context: readonly ContextSection[]
  readonly contextDigest: string
  readonly phases: readonly PhaseJson[]
  readonly diagnostics: readonly Diagnostic[]
}

/** A phase; of its test commands the text and, in the same order, the places. */
export type PhaseJson = Omit<Phase, 'testCommands'> & {
  readonly testCommands: readonly string[]
  readonly testCommandRanges: readonly Range[]
}

/** The plan for machines. The fields are stable; more may be added. */
export function planToJson(plan: Plan): PlanJson {
  const { name, title, settings, context, contextDigest, diagnostics } = plan
  const phases = plan.phases.map(({ testCommands, ...phase }) => ({
    ...phase,
    testCommands: testCommands.map(({ command }) => command),
    testCommandRanges: testCommands.map(({ range }) => range),
  }))
  return { name, title, settings, context, contextDigest, phases, diagnostics }
}
