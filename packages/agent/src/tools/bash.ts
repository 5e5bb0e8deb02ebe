import type { Anthropic } from '@anthropic-ai/sdk'
import { runCommand } from '../command/run-command.ts'
import type { CommandOutcome, CommandRequest } from '../contract.ts'
import { failed, field, stringField, succeeded, type ToolResult } from './result.ts'

export const bashTool = { type: 'bash_20250124', name: 'bash' } as const satisfies Anthropic.ToolBash20250124

/** What a command of an agent gets from its session. */
export type BashScope = Omit<CommandRequest, 'command' | 'stdin' | 'onOutput'>

/**
 * Carries out one call of the bash tool in a fresh shell. An exit code other than zero is an answer, not a failure of
 * the call; the model is told it.
 */
export async function runBash(input: unknown, scope: BashScope): Promise<ToolResult> {
  if (field(input, 'restart') === true) return succeeded('Nothing to restart: each command has a fresh shell.')
  const command = stringField(input, 'command')
  if (command === undefined || command.trim() === '') return failed('`command` is missing.')
  return describe(await runCommand({ ...scope, command }))
}

function describe(outcome: CommandOutcome): ToolResult {
  const output = outcome.output.replace(/\n$/, '')
  const withNote = (note: string) => (output === '' ? note : `${output}\n${note}`)
  switch (outcome.kind) {
    case 'exited':
      if (outcome.exitCode === 0) return succeeded(output === '' ? '[no output]' : output)
      return succeeded(withNote(`[exit code ${outcome.exitCode}]`))
    case 'signaled':
      return succeeded(withNote(`[killed by ${outcome.signal}]`))
    case 'timed-out':
      return failed(withNote(`[stopped after ${Math.round(outcome.timeoutMs / 1000)} s, the time limit of a command]`))
    case 'aborted':
      return failed(withNote('[stopped: the session was aborted]'))
    case 'not-started':
      return failed(outcome.message)
  }
}
