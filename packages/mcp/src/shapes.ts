import { z } from 'zod'

/** Texts that a caller passes are short: a longer one is a mistake. */
const most = { name: 200, path: 4096, description: 20_000 } as const

export const taskId = z.string().min(1).max(most.name).describe('The id that start_task returned.')
export const phaseName = z
  .string()
  .min(1)
  .max(most.name)
  .describe('Id, slug or title of a phase of the plan, e.g. "2".')
export const checkpointId = z.string().min(1).max(most.name).describe('The id that create_checkpoint returned.')
export const path = z.string().min(1).max(most.path)
export const moduleName = z.string().min(1).max(most.name)
export const description = z.string().min(1).max(most.description)

const oid = z.string().describe('A git object id.')

export const phasePlan = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  depends_on: z.array(z.string()).describe('Ids of the phases that have to be complete before it.'),
  modules: z.array(
    z.object({
      name: z.string(),
      paths: z
        .array(z.string())
        .describe('Globs that it owns; empty where it may change all that no other module owns.'),
    }),
  ),
  tasks: z.array(z.string()),
  test_commands: z.array(z.string()),
  criteria: z.array(z.string()),
  gotchas: z.array(z.string()),
})

export const diagnostic = z.object({
  severity: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  hint: z.string().optional(),
})

export const gate = z.object({
  gate: z.string().describe('Kind of the gate, e.g. test.'),
  rule: z.string().describe('The command or rule that it checks.'),
  outcome: z
    .enum(['passed', 'failed', 'pending', 'unproven'])
    .describe('pending: an agent has to judge it. unproven: nobody has checked it on this tree.'),
  tree: z.string().optional().describe('The tree on which it was checked.'),
  exit_code: z.number().optional(),
  at: z.string().optional().describe('When it was checked.'),
})

export const failedGate = z.object({
  gate: z.string(),
  rule: z.string(),
  exit_code: z.number().optional(),
  output: z.string().describe('The end of what it printed.'),
  output_uri: z.string().optional().describe('The resource that has all of it, while this server lives.'),
})

export const worktree = z.object({
  path: z.string().describe('The workspace in the worktree: where work is done.'),
  phase: z.string(),
  module: z.string(),
  state: z
    .enum(['dirty', 'clean', 'unreadable'])
    .describe('dirty: its files differ from the commit that it started from.'),
  changed: z.array(z.string()).describe('Paths of the workspace, the first of them.'),
  last_change: z.string().optional(),
})

export const checkpoint = z.object({
  id: z.string(),
  phase: z.string(),
  sha: oid,
  tree: oid,
  at: z.string(),
  gates: z.array(gate),
  stale: z.boolean().describe('Newer work of the phase was taken, it was rolled back, or its text changed.'),
})

export const removed = z.object({
  path: z.string(),
  phase: z.string(),
  module: z.string(),
  saved_as: z.string().optional(),
})
export const keptWorktree = z.object({ path: z.string(), phase: z.string(), module: z.string(), why: z.string() })
