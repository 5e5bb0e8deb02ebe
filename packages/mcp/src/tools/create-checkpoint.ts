import { createCheckpoint as attempt, type CheckpointAttempt } from '@nx-conduct/conductor'
import { z } from 'zod'
import { checkpointData, failedGateData, gateData, lines } from '../describe.ts'
import { Refusal } from '../refusal.ts'
import * as shapes from '../shapes.ts'
import { chosenWorktrees, phaseOf, toWork, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

const output = z.object({
  made: z.boolean().describe('False where gates fail: the work is kept, and there is no checkpoint.'),
  id: z.string().optional(),
  phase: z.string(),
  sha: z.string().describe('The commit of the merged work.'),
  tree: z.string().describe('The tree that the gates ran on.'),
  message: z.string(),
  gates: z.array(shapes.gate),
  failed: z.array(shapes.failedGate),
  pending: z.array(z.string()).describe('Gates that an agent has to judge: `npx nx run spec:conduct` has it done.'),
  left_out: z.array(z.string()).describe('Paths that are no part of a phase.'),
  next: z.string(),
})

export const createCheckpoint = defineTool({
  name: 'create_checkpoint',
  title: 'Create a checkpoint',
  description:
    'Takes the work in the worktrees of a phase as it is now, merges it, and runs the gates of the phase on exactly that tree. HEAD, index and files of the worktrees stay as they are. Gates that fail are a result that says what failed, and make no checkpoint: fix the work in the worktrees, and call it again.',
  input: z.object({
    task_id: shapes.taskId,
    phase: shapes.phaseName,
    working_dir: shapes.path.describe('The workspace, for all worktrees of the phase, or the path of one worktree.'),
  }),
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  aliases: { phase_name: 'phase', working_directory: 'working_dir' },
  async call({ task_id, phase: wanted, working_dir }, call) {
    return withTask(call, task_id, toWork, async ({ id, context }) => {
      const phase = phaseOf(context, wanted)
      const worktrees = await chosenWorktrees(context, call.host, phase, working_dir)
      const made = await attempt(context, { phase, worktrees })
      switch (made.kind) {
        case 'made': {
          const { checkpoint, leftOut } = made
          const data = checkpointData(checkpoint)
          const pending = data.gates
            .filter(({ outcome }) => outcome === 'pending')
            .map(({ gate, rule }) => `${gate}: ${rule}`)
          const next =
            pending.length === 0
              ? `mark_phase_complete: phase ${phase.id} on ${checkpoint.id}`
              : `\`npx nx run ${context.plan.name}:conduct\`: agents have to judge it, and it goes on from this checkpoint`
          const message = `Phase ${phase.id}: ${phase.title}`
          return {
            structured: {
              made: true,
              id: checkpoint.id,
              phase: phase.id,
              sha: checkpoint.commit,
              tree: checkpoint.tree,
              message,
              gates: data.gates,
              failed: [],
              pending,
              left_out: [...leftOut],
              next,
            },
            text: lines(
              `${checkpoint.id} of phase ${phase.id} at ${checkpoint.commit.slice(0, 12)}: ${data.gates.length - pending.length} gates pass`,
              pending.length === 0 ? undefined : `pending: ${pending.join('; ')}`,
              leftOut.length === 0 ? undefined : `left out: ${leftOut.join(', ')}`,
              `next: ${next}`,
            ),
          }
        }
        case 'red': {
          const failed = made.failed.map((report) => failedGateData(report, id, call.outputs))
          const next = 'create_checkpoint: once what failed is fixed in the worktrees'
          return {
            structured: {
              made: false,
              phase: phase.id,
              sha: made.commit,
              tree: made.tree,
              message: `${failed.length} of ${made.reports.length} gates fail`,
              gates: made.reports.map(({ evidence, gate, version, rule }) =>
                gateData({ required: { gate, version, rule }, standing: evidence.outcome, evidence }),
              ),
              failed,
              pending: [],
              left_out: [],
              next,
            },
            text: lines(
              `No checkpoint: ${failed.length} of ${made.reports.length} gates of phase ${phase.id} fail`,
              failed.map(({ gate, rule, output: printed }) => `✖ ${gate}: ${rule}\n${printed}`),
              `next: ${next}`,
            ),
          }
        }
        default:
          throw refused(made)
      }
    })
  },
})

function refused(attempted: Exclude<CheckpointAttempt, { kind: 'made' | 'red' }>): Refusal {
  const again = ', then call create_checkpoint again'
  switch (attempted.kind) {
    case 'setup':
      return new Refusal(
        `the setup command \`${attempted.failure.command}\` failed on the merged work:\n${attempted.failure.output}`,
        `fix what it needs in the worktrees${again}`,
      )
    case 'unfit':
      return new Refusal(
        `what is in the worktree of ${attempted.module} cannot be taken: ${attempted.problems.map(({ path, why }) => `${path} (${why})`).join('; ')}`,
        `remove it, or have git ignore it${again}`,
      )
    case 'outside':
      return new Refusal(
        `the module ${attempted.module} does not own ${attempted.paths.join(', ')}`,
        `put these paths back as they were in its worktree${again}`,
      )
    case 'conflict':
      return new Refusal(attempted.message, `make the modules agree in their worktrees${again}`)
    case 'unfit-tree':
      return new Refusal(attempted.why, `${attempted.hint}${again}`)
    default:
      return attempted satisfies never
  }
}
