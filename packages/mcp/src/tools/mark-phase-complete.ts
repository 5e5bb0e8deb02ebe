import { completePhase } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines } from '../describe.ts'
import { nextStep, standingsOf } from '../next-step.ts'
import { Refusal } from '../refusal.ts'
import * as shapes from '../shapes.ts'
import { phaseOf, stateOf, toWork, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const markPhaseComplete = defineTool({
  name: 'mark_phase_complete',
  title: 'Mark a phase complete',
  description:
    'Completes a phase on its newest checkpoint. Refused without passing evidence for every gate on exactly its tree, before the phases that it depends on, and on an older checkpoint.',
  input: z.object({ task_id: shapes.taskId, phase_name: shapes.phaseName, checkpoint_id: shapes.checkpointId }),
  output: z.object({
    phase: z.string(),
    checkpoint_id: z.string(),
    phases_complete: z.array(z.string()),
    next: z.string(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  aliases: { phase: 'phase_name' },
  async call({ task_id, phase_name, checkpoint_id }, call) {
    return withTask(call, task_id, toWork, async ({ context }) => {
      const { name } = context.plan
      const phase = phaseOf(context, phase_name)
      const outcome = await completePhase(context, { phase, checkpoint: checkpoint_id })
      if (outcome.kind === 'aborted') throw new Refusal(`stopped: ${outcome.message}`, 'call mark_phase_complete again')
      if (outcome.kind === 'failed') {
        if (outcome.waiting !== undefined) {
          throw new Refusal(
            `phase ${phase.id} is proven, and a person has to approve it`,
            `a person runs: ${outcome.waiting.approve}`,
          )
        }
        throw new Refusal(outcome.message, outcome.hint ?? `npx nx run ${name}:status`)
      }
      const standings = await standingsOf(context, await stateOf(context))
      const complete = standings.filter(({ status }) => status === 'complete').map((each) => each.phase.id)
      const next = nextStep(name, standings)
      return {
        structured: { phase: phase.id, checkpoint_id, phases_complete: complete, next },
        text: lines(`Phase ${phase.id} is complete on ${checkpoint_id}`, `next: ${next}`),
      }
    })
  },
})
