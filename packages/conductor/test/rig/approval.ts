import { type Judged, judge } from '../../src/index.ts'
import type { Ended } from './conductor.ts'
import { specWith } from './spec.ts'
import type { Workspace } from './workspace.ts'

/** Three phases; the first asks for approval, and the second depends on it. */
export const spec: string = specWith(
  'rounds: 0\nfailFast: true',
  ['One', '- a', 'Test Command: test -f phase-1.txt', 'Approval: required'],
  ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  ['Three', '- c', 'Test Command: test -f phase-3.txt', 'Depends On: none'],
)

/** What a person says of phase 1. */
export async function judging(workspace: Workspace, reject?: string): Promise<Judged> {
  return judge(await workspace.open(), { phase: '1', ...(reject === undefined ? {} : { reject }) })
}

/** What waits, as the run tells it. */
export function waitingIn(run: Ended): NonNullable<Ended['failures'][number]['waiting']> {
  const waiting = run.failures.find(({ reason }) => reason === 'waiting')?.waiting
  if (waiting === undefined) throw new Error(run.text)
  return waiting
}
