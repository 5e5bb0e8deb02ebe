import type { AgentChoice } from '../contract.ts'
import type { PresetCall } from '../presets/preset.ts'
import { presets } from '../presets/presets.ts'

/** How a program is called for a session, and what it is called in messages. */
export interface CommandLine {
  readonly command: string
  readonly name: string
}

/** The line that `bash -c` runs; undefined where the agent names neither a program nor a preset. */
export function commandLine({ preset, command }: AgentChoice, call: PresetCall): CommandLine | undefined {
  const own = command?.trim() ?? ''
  if (preset === undefined) return own === '' ? undefined : { command: own, name: own }
  const { program, arguments: argumentsOf } = presets[preset]
  const name = own === '' ? program : own
  return { command: [name, ...argumentsOf(call).map(quoted)].join(' '), name }
}

/** A word as the shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
