import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentSettings } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { ConductProblem } from '../run/problem.ts'
import type { Workspace } from '../run/workspace.ts'
import { isRehearsed, type Rehearsal } from './rehearsal.ts'

/** Where the Messages API is, and the key. Throws `ConductProblem` without a key. */
export async function apiFor(
  { agents, surroundings, workspace }: Pick<RunContext, 'agents' | 'surroundings' | 'workspace'>,
  agent: AgentSettings,
): Promise<{ baseURL?: string; apiKey?: string }> {
  if (agent.driver !== 'anthropic') return {}
  const { rehearsal } = agents
  if (isRehearsed(rehearsal, agent)) return { baseURL: await rehearsal.url(), apiKey: 'rehearsal' }
  const apiKey = surroundings.env['ANTHROPIC_API_KEY']
  if (!apiKey) {
    throw new ConductProblem(
      'rehearsal',
      'there is no key for the Messages API: ANTHROPIC_API_KEY is not set',
      'Set ANTHROPIC_API_KEY, or name a score under `agent.rehearsal` in the front matter to run without the network.',
    )
  }
  const baseURL = surroundings.env['ANTHROPIC_BASE_URL']
  if (!baseURL) return { apiKey }
  if (!(await setByRepository(workspace, 'ANTHROPIC_BASE_URL'))) return { apiKey, baseURL }
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'base-url-ignored',
    message:
      'ANTHROPIC_BASE_URL comes from a .env file of the repository and is ignored: a repository does not decide where the key is sent',
    hint: 'Set it in your own environment if you mean it.',
  })
  return { apiKey }
}

/** Nx loads files such as `.env`, `.local.env` and `.env.conduct-test` into the environment of tasks. */
async function setByRepository({ root, specFolder }: Workspace, name: string): Promise<boolean> {
  for (const folder of ['.', specFolder]) {
    const entries = await readdir(join(root, folder)).catch(() => [])
    for (const entry of entries.filter((each) => /^\.env|\.env$/.test(each))) {
      const text = await readFile(join(root, folder, entry), 'utf8').catch(() => '')
      if (new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(text)) return true
    }
  }
  return false
}

/** An agent as a person reads it. */
export function agentName(agent: AgentSettings, rehearsal: Rehearsal | undefined): string {
  const name = agent.driver === 'command' ? (agent.command ?? 'command') : (agent.model ?? 'anthropic')
  return isRehearsed(rehearsal, agent) ? `${name} (rehearsal)` : name
}
