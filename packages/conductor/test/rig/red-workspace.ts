import { type HandedInWork, handIn } from '../../src/index.ts'
import { specWith } from './spec.ts'
import { Workspace } from './workspace.ts'

const good = 'Test Command: grep -q good phase-1.txt'
export const twoPhases: string = specWith(
  'rounds: 0',
  ['One', '- a', good],
  ['Two', '- b', 'Test Command: test -f phase-2.txt'],
)

/** A workspace whose phase 1 stayed red, and the worktree that it left. */
export async function redWorkspace(
  spec: string = twoPhases,
): Promise<{ readonly workspace: Workspace; readonly worktree: string }> {
  const workspace = await Workspace.with({ spec })
  const [failed] = (await workspace.conduct()).failures
  if (failed?.escalation === undefined) throw new Error('phase 1 was to stay red')
  return { workspace, worktree: failed.escalation.worktree }
}

export async function handingIn(workspace: Workspace, phase: string, from?: string): Promise<HandedInWork> {
  return handIn(await workspace.open(), { phase, ...(from === undefined ? {} : { from }) })
}
