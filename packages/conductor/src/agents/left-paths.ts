import { meaningfulLines } from '@nx-conduct/agent'
import type { Module } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import type { SessionTask } from './agent-task.ts'
import { type Ownership, wideningFor } from './ownership.ts'
import type { DoneWork } from './record-work.ts'
import { evidenceOf, placeOf, type SessionFailure } from './session-end.ts'

/** A module whose last session still changed paths that it does not own. `foreign`: those paths. */
export function explainLeftPaths(
  context: Pick<RunContext, 'plan' | 'workspace'>,
  task: SessionTask,
  { report }: Pick<DoneWork, 'report'>,
  { module, ownership, foreign }: Left,
): SessionFailure {
  return {
    reason: 'ownership',
    message: [
      `the agent of module ${module.name} changed paths it does not own (${placeOf(task)})`,
      ...foreign.map((path, at) => `  ${at === 0 ? 'paths  ' : '       '}   ${path}`),
      ...evidenceOf(context, task, meaningfulLines(report).slice(-5)),
    ].join('\n'),
    hint: `${hintFor(module, ownership, foreign)}; commit the spec, then run: npx nx run ${context.plan.name}:conduct`,
  }
}

interface Left {
  readonly module: Module
  readonly ownership: Ownership
  readonly foreign: readonly string[]
}

/** What to write into the spec so that the next agent does not end as this one did. */
function hintFor(module: Module, ownership: Ownership, foreign: readonly string[]): string {
  const leaveAlone = "say in the phase's gotchas that they are to be left alone"
  const wider = wideningFor(ownership, foreign)
  if (wider === undefined) return leaveAlone.replace(/^s/, 'S')
  return `Let the module own them: \`Modules: ${module.name} (${wider.join(', ')})\`, or ${leaveAlone}`
}
