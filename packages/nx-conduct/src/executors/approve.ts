import type { ExecutorContext } from '@nx/devkit'
import { type Judged, judge } from '@nx-conduct/conductor'
import { withPerson } from '../run/with-run.ts'

/** A person approves a phase's tree, or says why they do not take it. Calls no agent. */
export default function approve(
  options: { readonly spec: string; readonly phase: string; readonly reject?: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withPerson(options.spec, context, async (conduct, print) => {
    const { phase, reject } = options
    print(judgedText(conduct.plan.name, await judge(conduct, { phase, ...(reject === undefined ? {} : { reject }) })))
    return true
  })
}

function judgedText(spec: string, { waiting, verdict, by }: Judged): string {
  const said = verdict === 'approved' ? '✔ Approved' : '✖ Rejected'
  return [
    `${said}: phase ${waiting.phase} (${waiting.title}), tree ${waiting.tree.slice(0, 12)}, by ${by}.`,
    `${verdict === 'approved' ? 'Go on with' : 'Have it worked on with'}: npx nx run ${spec}:conduct`,
  ].join('\n')
}
