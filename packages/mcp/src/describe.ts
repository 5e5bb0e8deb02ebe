import {
  type AgentContext,
  type Checkpoint,
  describeRule,
  type GateReport,
  type GateStanding,
  lastChange,
  type ModuleWorktree,
  type RemovedWorktree,
  workIn,
} from '@nx-conduct/conductor'
import type { Diagnostic, Phase } from '@nx-conduct/spec'
import type { z } from 'zod'
import type { Outputs } from './outputs.ts'
import type * as shapes from './shapes.ts'

/** The plan's data as tools answer it. */

export function phaseData({ id, slug, title, dependsOn, modules, tasks, testCommands, criteria, gotchas }: Phase) {
  return {
    id,
    slug,
    title,
    depends_on: [...dependsOn],
    modules: modules.map(({ name, paths }) => ({ name, paths: [...(paths ?? [])] })),
    tasks: tasks.map(({ text }) => text),
    test_commands: testCommands.map(({ command }) => command),
    criteria: criteria.map(({ text }) => text),
    gotchas: [...gotchas],
  } satisfies z.input<typeof shapes.phasePlan>
}

export function diagnosticData({ severity, code, message, hint, range }: Diagnostic) {
  const { line, column } = range.start
  return { severity, code, line, column, message, ...(hint === undefined ? {} : { hint }) } satisfies z.input<
    typeof shapes.diagnostic
  >
}

export function gateData({ required: { gate, rule }, standing, evidence }: GateStanding) {
  const { tree, exitCode, at } = evidence ?? {}
  return {
    gate,
    rule: describeRule(gate, rule),
    outcome: standing,
    ...(tree === undefined ? {} : { tree }),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(at === undefined ? {} : { at }),
  } satisfies z.input<typeof shapes.gate>
}

export function checkpointData({ id, phase, commit, tree, at, gates, isStale }: Checkpoint) {
  return {
    id,
    phase: phase.id,
    sha: commit,
    tree,
    at,
    gates: gates.map(gateData),
    stale: isStale,
  } satisfies z.input<typeof shapes.checkpoint>
}

/** What is shown of a gate's output in an answer: the end of it, where test runners say what failed. */
const shownCharacters = 6_000

export function failedGateData({ gate, rule, evidence, output }: GateReport, task: string, outputs: Outputs) {
  const shown = output.length > shownCharacters ? `…\n${output.slice(-shownCharacters)}` : output
  return {
    gate,
    rule: describeRule(gate, rule),
    ...(evidence.exitCode === undefined ? {} : { exit_code: evidence.exitCode }),
    output: shown,
    ...(output === '' ? {} : { output_uri: outputUri(task, outputs.keep(task, output)) }),
  } satisfies z.input<typeof shapes.failedGate>
}

export function outputUri(task: string, name: string): string {
  return `conduct://${task}/output/${name}`
}

/** Paths named in an answer; the rest is counted. */
const namedPaths = 50

export async function worktreeData(context: Pick<AgentContext, 'workspace'>, worktree: ModuleWorktree) {
  const { phase, module, directory } = worktree
  const named = { path: directory, phase: phase.id, module: module.name }
  const work = await workIn(context, worktree)
  if (work.kind === 'unfit') {
    const changed = work.problems.slice(0, namedPaths).map(({ path, why }) => `${path}: ${why}`)
    return { ...named, state: 'unreadable' as const, changed }
  }
  const at = await lastChange(directory, work.changed)
  return {
    ...named,
    state: work.changed.length === 0 ? ('clean' as const) : ('dirty' as const),
    changed: work.changed.slice(0, namedPaths),
    ...(at === undefined ? {} : { last_change: at.toISOString() }),
  } satisfies z.input<typeof shapes.worktree>
}

/** Worktrees that were removed, and those that were not. */
export function removedData(worktrees: readonly RemovedWorktree[]) {
  const removed: z.input<typeof shapes.removed>[] = []
  const kept: z.input<typeof shapes.keptWorktree>[] = []
  for (const each of worktrees) {
    const { directory: path, phase, module } = each.worktree
    const named = { path, phase: phase.id, module: module.name }
    if (each.kind === 'kept') kept.push({ ...named, why: each.why })
    else removed.push({ ...named, ...(each.savedAs === undefined ? {} : { saved_as: each.savedAs }) })
  }
  return { removed, kept }
}

/** Lines of an answer's text; what is absent is left out. */
export function lines(...parts: readonly (string | undefined | readonly string[])[]): string {
  return parts.flatMap((part) => part ?? []).join('\n')
}
