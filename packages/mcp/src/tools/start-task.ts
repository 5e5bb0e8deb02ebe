import { describeRun, spendingNothing } from '@nx-conduct/conductor'
import { z } from 'zod'
import { diagnosticData, lines, phaseData } from '../describe.ts'
import { nextStep, standingsOf } from '../next-step.ts'
import * as shapes from '../shapes.ts'
import { folderInWorkspace, specIn, stateOf, withRun } from '../task.ts'
import { defineTool } from '../tool.ts'

export const startTask = defineTool({
  name: 'start_task',
  title: 'Start a task',
  description:
    'Starts building what .spec/SPEC.md of a folder plans, from the commit that is checked out, or goes on with what was started there. Returns the phases in their order. A spec with errors starts nothing.',
  input: z.object({
    description: shapes.description.describe('What is to be done, for people who read the run log.'),
    working_dir: shapes.path.describe('The folder that has .spec/SPEC.md: the workspace, or a folder in it.'),
  }),
  output: z.object({
    task_id: z.string(),
    status: z.enum(['started', 'resumed', 'all phases complete']),
    spec: z.string().describe('The spec, as a path of the workspace.'),
    base_commit: z.string(),
    branch: z.string().optional().describe('The branch that complete_task moves; absent where HEAD is detached.'),
    phases: z.array(shapes.phasePlan),
    diagnostics: z.array(shapes.diagnostic).describe('What the compiler says about the spec.'),
    next: z.string(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  aliases: { working_directory: 'working_dir' },
  async call({ description, working_dir }, call) {
    const folder = await folderInWorkspace(call.host, 'working_dir', working_dir)
    const specFile = specIn(folder)
    return withRun(call, specFile, async (run) => {
      const context = spendingNothing(run)
      const { plan } = context
      const { id, base, branch, resumed } = context.run
      await describeRun(context, description)
      const standings = await standingsOf(context, await stateOf(context))
      const next = nextStep(plan.name, standings)
      const isDone = standings.every(({ status }) => status === 'complete')
      const status = isDone ? ('all phases complete' as const) : resumed ? ('resumed' as const) : ('started' as const)
      return {
        structured: {
          task_id: id,
          status,
          spec: specFile,
          base_commit: base.commit,
          ...(branch === undefined ? {} : { branch }),
          phases: plan.phases.map(phaseData),
          diagnostics: plan.diagnostics.map(diagnosticData),
          next,
        },
        text: lines(
          `Task ${id}, ${status}: ${plan.title}`,
          plan.phases.map((phase) => {
            const modules = phase.modules.map(({ name }) => name).join(', ')
            return `  phase ${phase.id}: ${phase.title} (${modules})${phase.dependsOn.length === 0 ? '' : `, after ${phase.dependsOn.join(', ')}`}`
          }),
          plan.diagnostics.map(({ severity, message, range }) => `${severity} in line ${range.start.line}: ${message}`),
          `next: ${next}`,
        ),
      }
    })
  },
})
