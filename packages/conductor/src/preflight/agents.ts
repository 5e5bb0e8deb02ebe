import { existsSync } from 'node:fs'
import { loginOf, presets } from '@nx-conduct/agent'
import type { AgentSettings, Phase, Role } from '@nx-conduct/spec'
import { execa } from 'execa'
import { isRehearsed } from '../agents/rehearsal.ts'
import type { RunContext } from '../run/context.ts'
import type { Surroundings } from '../run/surroundings.ts'
import { agentFor } from '../step/keys.ts'
import type { Forecast } from '../views/forecast.ts'
import type { Finding } from './finding.ts'
import { isOnPath } from './programs.ts'
import { programsNamed } from './programs-named.ts'

/** Whether the agents that a run would start can be started. */
export async function checkAgents(
  context: Pick<RunContext, 'plan' | 'agents' | 'surroundings' | 'commands'>,
  { phases, judges }: Pick<Forecast, 'phases' | 'judges'>,
): Promise<readonly Finding[]> {
  const toRun = phases.filter(({ verdict }) => verdict === 'run').map(({ phase }) => phase)
  if (toRun.length === 0) return [{ check: 'agents', severity: 'ok', message: 'none would be started' }]
  const roles: readonly Role[] = ['implementation-executor', 'fix-executor', ...judges.each]
  const wanted = new Map<string, AgentSettings>()
  const want = (phase: Phase | undefined, role: Role) => {
    const agent = agentFor(context.plan, phase, role)
    wanted.set(JSON.stringify(agent), agent)
  }
  for (const phase of toRun) for (const role of roles) want(phase, role)
  for (const role of judges.final) want(undefined, role)
  return Promise.all([...wanted.values()].map((agent) => checkAgent(context, agent)))
}

async function checkAgent(
  { agents, surroundings, commands }: Pick<RunContext, 'agents' | 'surroundings' | 'commands'>,
  agent: AgentSettings,
): Promise<Finding> {
  if (isRehearsed(agents.rehearsal, agent))
    return { check: 'agents', severity: 'ok', message: 'a recorded score plays them; no key and no network is needed' }
  if (agent.driver === 'anthropic') {
    return surroundings.env['ANTHROPIC_API_KEY']
      ? { check: 'agents', severity: 'ok', message: `${agent.model ?? 'anthropic'}: ANTHROPIC_API_KEY is set` }
      : {
          check: 'agents',
          severity: 'error',
          message: `${agent.model ?? 'anthropic'}: ANTHROPIC_API_KEY is not set`,
          hint: 'Set ANTHROPIC_API_KEY, use another agent (`agent: { driver: command, … }`), or name a score under `agent.rehearsal`',
        }
  }
  const preset = agent.preset === undefined ? undefined : presets[agent.preset]
  const command = agent.command ?? preset?.program ?? ''
  const [program] = programsNamed(command)
  if (program !== undefined && !(await isOnPath(program, commands.env['PATH']))) {
    return {
      check: 'agents',
      severity: 'error',
      message: `\`${command}\`: there is no program ${program} on the PATH`,
      hint:
        preset === undefined
          ? `Install ${program}, or correct \`agent.command\` in the spec's front matter`
          : `Install it: ${preset.install}`,
    }
  }
  if (agent.preset === undefined || preset === undefined)
    return {
      check: 'agents',
      severity: 'ok',
      message: `\`${command}\`${program === undefined ? '' : `: ${program} is on the PATH`}`,
    }
  return checkPreset(agent.preset, command, { env: surroundings.env, commandEnv: commands.env })
}

/** A program that takes longer does not answer at all. */
const versionTimeoutMs = 20_000

/** Whether a preset's program answers and somebody is logged in. */
async function checkPreset(
  name: NonNullable<AgentSettings['preset']>,
  command: string,
  { env, commandEnv }: { readonly env: Surroundings['env']; readonly commandEnv: Readonly<Record<string, string>> },
): Promise<Finding> {
  const { version, install, login } = presets[name]
  const asked = [command, ...version].join(' ')
  const { failed, stdout, stderr } = await execa('bash', ['-c', asked], {
    env: commandEnv,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: versionTimeoutMs,
  })
  const said = firstLine(stdout) ?? firstLine(stderr) ?? ''
  if (failed) {
    const message = `${name}: \`${asked}\` fails${said === '' ? '' : `: ${said}`}`
    return { check: 'agents', severity: 'error', message, hint: `Run it yourself. To install it again: ${install}` }
  }
  const found = loginOf(name, env, existsSync)
  return found === undefined
    ? {
        check: 'agents',
        severity: 'warning',
        message: `${name} (${said}): no login was found; the system's keychain may have one`,
        hint: login,
      }
    : { check: 'agents', severity: 'ok', message: `${name} (${said}), logged in by ${found.name}` }
}

function firstLine(text: string | undefined): string | undefined {
  return text
    ?.split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
    ?.slice(0, 120)
}
