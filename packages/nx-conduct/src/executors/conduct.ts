import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutorContext } from '@nx/devkit'
import { type Artifact, artifactFolder, summarise, summaryText } from '@nx-conduct/conductor'
import { lookAt } from '../run/about.ts'

/** The last target of a run: everything before it succeeded, and this says what came of it. */
export default function conduct(
  { spec }: { readonly spec: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return lookAt(spec, context, async (of, print) => {
    const folder = artifactFolder(of.plan.name, { step: 'finalize', phase: 'final' })
    const final = JSON.parse(await readFile(join(of.root, folder, 'result.json'), 'utf8')) as Artifact
    const state = await of.log.state()
    const { run, satisfied } = final.details
    const name = of.plan.name
    if (satisfied === true) {
      print(
        `\n✔ Everything is satisfied: ${of.run.head.branch ?? 'HEAD'} holds all ${of.plan.phases.length} phases, and their gates hold there. No agent was called.`,
      )
      return true
    }
    const summary = summarise(of.plan, state, typeof run === 'string' ? run : undefined)
    print('')
    print(
      summaryText(summary, {
        sandbox: of.environment.sandbox,
        ...(summary.startedAt === undefined
          ? {}
          : { wallMs: of.clock.now().getTime() - Date.parse(summary.startedAt) }),
        next: [
          'git log --oneline               # one commit per phase',
          `npx nx run ${name}:status          # the run, its gates and agents`,
          "npx nx run-many -t test         # the phases' tests on your files",
          'npx nx graph                    # the phases as a graph',
        ],
      }),
    )
    return true
  })
}
