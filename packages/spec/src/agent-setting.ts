import { AGENT_PRESETS, type AgentPreset } from './agent-presets.ts'
import { nearest } from './edit-distance.ts'
import type { Findings } from './findings.ts'
import type { Entry, Value } from './front-matter.ts'
import { pathProblem } from './path.ts'
import type { AgentSettings, Role } from './plan.ts'
import { mapEntries, textValue, wrong } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

export const ROLES: readonly Role[] = [
  'implementation-executor',
  'fix-executor',
  'code-reviewer',
  'synthesis-architect',
  'security-auditor',
]

const AGENT_KEYS = ['driver', 'preset', 'model', 'command', 'rehearsal'] as const

/** Reads how an agent is run: `{ driver: anthropic, model: … }`, `{ driver: command, command: … }` or `{ preset: claude }`. */
export function readAgent(value: Value, key: string, findings: Findings): AgentSettings | undefined {
  const entries = mapEntries(value, key, findings)
  if (entries === undefined) return undefined
  const agent: { -readonly [K in keyof AgentSettings]: AgentSettings[K] } = { driver: 'anthropic' }
  let driver: string | undefined
  for (const entry of entries) {
    const name = AGENT_KEYS.find((known) => known === entry.key)
    if (name === undefined) {
      unknownKey(entry, AGENT_KEYS, findings)
      continue
    }
    const text = textValue(entry.value, `${key}.${name}`, findings)
    if (text === undefined) continue
    if (name === 'preset') {
      const preset = readPreset(text, key, entry.value, findings)
      if (preset !== undefined) agent.preset = preset
    } else if (name !== 'driver') {
      agent[name] = text
      if (name === 'rehearsal') checkScore(text, entry.value, findings)
    } else if (text === 'anthropic' || text === 'command') driver = agent.driver = text
    else wrong(entry.value, `${key}.driver`, '"anthropic" or "command"', findings)
  }
  if (driver === undefined && (agent.command !== undefined || agent.preset !== undefined)) agent.driver = 'command'
  const spanOf = (name: string) => entries.find((entry) => entry.key === name)?.value.span ?? value.span
  if (agent.driver === 'anthropic' && agent.preset !== undefined) {
    findings.add('wrong-type', spanOf('preset'), {
      message: `${key} has the driver "anthropic", which has no presets`,
      hint: `write ${key.replace(/^.*\./, '')}: { driver: command, preset: ${agent.preset} }, or take the preset out`,
    })
  }
  // What is there and cannot be used was reported at its place.
  const command = entries.some((entry) => entry.key === 'command' || entry.key === 'preset')
  if (agent.driver === 'command' && agent.command === undefined && !command) {
    findings.add('wrong-type', spanOf('driver'), {
      message: `${key} has the driver "command", but neither a preset nor a command`,
      hint: `add preset: claude (or ${AGENT_PRESETS.slice(1).join(', ')}), or a command line that reads a prompt from its standard input`,
    })
  }
  return agent
}

/** The preset of a name; one that is none is an error with the one that was meant. */
function readPreset(text: string, key: string, value: Value, findings: Findings): AgentPreset | undefined {
  const preset = AGENT_PRESETS.find((known) => known === text)
  if (preset !== undefined) return preset
  const word = text.toLowerCase()
  const meant =
    nearest(word, AGENT_PRESETS) ?? AGENT_PRESETS.find((known) => word.startsWith(known) || known.startsWith(word))
  findings.add('wrong-type', value.span, {
    message: `${key}.preset: "${text.slice(0, 60)}" is no preset`,
    hint: meant === undefined ? `presets are: ${AGENT_PRESETS.join(', ')}` : `did you mean "${meant}"?`,
  })
  return undefined
}

function checkScore(path: string, value: Value, findings: Findings): void {
  const problem = pathProblem(path)
  if (problem === undefined) return
  findings.add('invalid-path', value.span, {
    message: `"${path.slice(0, 60)}" cannot be a score's path: ${problem}`,
    hint: "write it from the workspace's root",
  })
}

/** Reads agents by role. */
export function readAgents(
  value: Value,
  key: string,
  findings: Findings,
): Partial<Record<Role, AgentSettings>> | undefined {
  const entries = mapEntries(value, key, findings)
  if (entries === undefined) return undefined
  const agents: Partial<Record<Role, AgentSettings>> = {}
  for (const entry of entries) {
    const role = ROLES.find((known) => known === entry.key)
    const agent = role === undefined ? undefined : readAgent(entry.value, `${key}.${role}`, findings)
    if (role === undefined) unknownRole(entry, findings)
    else if (agent !== undefined) agents[role] = agent
  }
  return agents
}

function unknownRole(entry: Entry, findings: Findings): void {
  const meant = nearest(entry.key, ROLES)
  findings.add('misspelt-setting', entry.keySpan, {
    message: `"${entry.key.slice(0, 60)}" is no role`,
    hint: meant === undefined ? `roles are: ${ROLES.join(', ')}` : `did you mean "${meant}"?`,
  })
}
