import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js'
import { type AgentRole, buildPrompt, roles } from '@nx-conduct/agent'
import { assign, moduleAssignment } from '@nx-conduct/conductor'
import type { Call } from './call.ts'
import { Refusal } from './refusal.ts'
import { moduleOf, phaseOf, toLook, withTask } from './task.ts'

const purposes: Readonly<Record<AgentRole, string>> = {
  'implementation-executor': 'Builds a module of a phase in its worktree.',
  'fix-executor': 'Fixes what a checkpoint found, in a worktree of the phase.',
  'synthesis-architect': 'Brings the work of modules together that conflict.',
  'code-reviewer': 'Reviews the work of a phase.',
  'security-auditor': 'Examines the work of a phase for what could be misused.',
}

/** One prompt per role: what an agent of that role is told, with the phase and the module filled in. */
export const prompts: readonly Prompt[] = roles.map((role) => ({
  name: role,
  title: role,
  description: purposes[role],
  arguments: [
    { name: 'task_id', description: 'The id that start_task returned.', required: true },
    { name: 'phase', description: 'Id, slug or title of a phase.', required: true },
    { name: 'module', description: 'A module of the phase; without it the whole phase.', required: false },
  ],
}))

/** Throws `Refusal` for an unknown prompt, and for arguments that name nothing. */
export async function getPrompt(
  name: string,
  { task_id, phase: wanted, module: moduleName }: Readonly<Record<string, string>>,
  call: Call,
): Promise<GetPromptResult> {
  const role = roles.find((each) => each === name)
  if (role === undefined) {
    throw new Refusal(`there is no prompt ${JSON.stringify(name.slice(0, 60))}`, `one of ${roles.join(', ')}`)
  }
  if (task_id === undefined || wanted === undefined) {
    throw new Refusal(`the prompt ${role} needs task_id and phase`, 'get_task_state names the phases')
  }
  return withTask(call, task_id, toLook, async ({ context }) => {
    const phase = phaseOf(context, wanted)
    const module = moduleName === undefined ? undefined : moduleAssignment(phase, moduleOf(phase, moduleName))
    const { system, user } = buildPrompt(assign(context.plan, role, phase, module === undefined ? {} : { module }))
    return {
      description: `${role} of phase ${phase.id}${module === undefined ? '' : `, module ${module.name}`}`,
      messages: [{ role: 'user', content: { type: 'text', text: `${system}\n\n${user}` } }],
    }
  })
}
