import type { ExecutorContext } from '@nx/devkit'
import { type HandedInWork, handIn as handInWork, waitingText, whyRed } from '@nx-conduct/conductor'
import { withPerson } from '../run/with-run.ts'

/** Takes a person's work as what a phase starts with, and checks it. Calls no agent. */
export default function handIn(
  options: { readonly spec: string; readonly phase: string | number; readonly from?: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withPerson(options.spec, context, async (conduct, print) => {
    const { from } = options
    const work = await handInWork(conduct, {
      phase: String(options.phase),
      ...(from === undefined ? {} : { from }),
    })
    print(handedInText(conduct.plan.name, work))
    return work.end.kind === 'complete'
  })
}

/** What was taken, what came of it, and how to go on. */
export function handedInText(spec: string, { phase, from, commit, changed, leftOut, end }: HandedInWork): string {
  const named =
    changed.length > 5 ? `${changed.slice(0, 5).join(', ')} and ${changed.length - 5} more` : changed.join(', ')
  return [
    `Taken for phase ${phase.id} (${phase.title}): ${from}, as ${commit.slice(0, 12)}; ${changed.length === 0 ? 'it changes no file' : named}`,
    ...(leftOut.length === 0 ? [] : [`Left out, because it is no part of a phase: ${leftOut.join(', ')}`]),
    ...endLines(spec, phase.id, end),
  ].join('\n')
}

function endLines(spec: string, phase: string, end: HandedInWork['end']): readonly string[] {
  const conduct = `npx nx run ${spec}:conduct`
  const again = `npx nx run ${spec}:hand-in --phase=${phase}`
  switch (end.kind) {
    case 'complete':
      return [`✔ Phase ${phase} is complete. Go on with: ${conduct}`]
    case 'red':
      return [
        `✖ Phase ${phase} is not complete yet; what you handed in is what it goes on from.`,
        ...end.failed.flatMap(whyRed),
        `  next      fix it further, then: ${again}`,
        `            or have the fix-executor work on it: ${conduct}`,
      ]
    case 'setup':
      return [
        `✖ The setup command failed on it: ${end.failure.command}`,
        end.failure.output,
        `  next      fix it, then: ${again}`,
      ]
    case 'not-accepted':
      if (end.outcome.kind === 'failed' && end.outcome.waiting) return ['', waitingText(end.outcome.waiting)]
      return [
        `✖ Every gate passes, but phase ${phase} is not complete: ${end.outcome.message}`,
        `  next      ${conduct}`,
      ]
    default:
      return end satisfies never
  }
}
