import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { presetEnvironment } from '@nx-conduct/agent'
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
  if (isRehearsed(rehearsal, agent)) return rehearsal.api()
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
  if (!(await variablesOfRepository(workspace)).has('ANTHROPIC_BASE_URL')) return { apiKey, baseURL }
  reportIgnored(surroundings, 'ANTHROPIC_BASE_URL')
  return { apiKey }
}

/** What an agent that is a program gets beside the environment of all commands: the variables of its preset. */
export async function ownEnvironment(
  { surroundings, workspace }: Pick<RunContext, 'surroundings' | 'workspace'>,
  agent: AgentSettings,
): Promise<Readonly<Record<string, string>>> {
  if (agent.preset === undefined) return {}
  const ofRepository = await variablesOfRepository(workspace)
  const { variables, ignored } = presetEnvironment(agent, surroundings.env, (name) => ofRepository.has(name))
  for (const name of ignored) reportIgnored(surroundings, name)
  return variables
}

function reportIgnored({ report }: Pick<RunContext['surroundings'], 'report'>, name: string): void {
  report({
    type: 'notice',
    severity: 'warning',
    code: 'base-url-ignored',
    message: `${name} comes from a .env file of the repository and is ignored: a repository does not decide where the key is sent`,
    hint: 'Set it in your own environment if you mean it.',
  })
}

/** Nx loads files such as `.env`, `.local.env` and `.env.conduct-test` into the environment of tasks. */
async function variablesOfRepository({ root, specFolder }: Workspace): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const folder of ['.', specFolder]) {
    const entries = await readdir(join(root, folder)).catch(() => [])
    for (const entry of entries.filter((each) => /^\.env|\.env$/.test(each))) {
      const text = await readFile(join(root, folder, entry), 'utf8').catch(() => '')
      for (const [, name = ''] of text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=/gm)) names.add(name)
    }
  }
  return names
}

/** An agent as a person reads it. */
export function agentName(agent: AgentSettings, rehearsal: Rehearsal | undefined): string {
  const name =
    agent.preset !== undefined
      ? `${agent.preset}${agent.model === undefined ? '' : ` (${agent.model})`}`
      : agent.driver === 'command'
        ? (agent.command ?? 'command')
        : (agent.model ?? 'anthropic')
  return isRehearsed(rehearsal, agent) ? `${name} (rehearsal)` : name
}
