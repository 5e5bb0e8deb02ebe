import { runCommand } from '../command/run-command.ts'
import type { SessionOutcome, SessionRequest } from '../contract.ts'
import { presets } from '../presets/presets.ts'
import { buildPrompt, promptVersion } from '../prompt/build-prompt.ts'
import { howToJudge, howToReport } from '../prompt/role-texts.ts'
import { isJudge } from '../roles.ts'
import { commandLine } from './command-line.ts'
import { resultOf, verdictOf } from './command-outcome.ts'
import type { SessionEffects } from './effects.ts'
import { OutputFollower } from './follow-output.ts'
import { withoutLeavings, withPromptFile } from './prompt-file.ts'
import { openTranscript } from './transcript.ts'
import { noUsage } from './usage.ts'

/** Enough of a program's output to find its report and to say what it did. */
const keepBytes = 512 * 1024

/**
 * Plays a role by a program that works in the current directory: one that reads a prompt from standard input, or a coding agent that a
 * preset knows how to call. The report is the last fenced JSON block of what it says, or the last line that is one; without it
 * we say what we know, and say that we do. A verdict is looked for in the same places, and nothing stands in for it.
 */
export async function runCommandSession(request: SessionRequest, effects: SessionEffects): Promise<SessionOutcome> {
  const preset = request.agent.preset === undefined ? undefined : presets[request.agent.preset]
  const prompt = promptOf(request)
  if (preset?.prompt !== 'file') return play(request, effects, { stdin: prompt, promptFile: '' })
  return withPromptFile(prompt, (promptFile) =>
    withoutLeavings(preset.leaves, request.directory, () => play(request, effects, { stdin: '', promptFile, prompt })),
  )
}

interface Prompted {
  readonly stdin: string
  readonly promptFile: string
  /** What is in the file. */
  readonly prompt?: string
}

async function play(
  request: SessionRequest,
  effects: SessionEffects,
  { stdin, promptFile, prompt = stdin }: Prompted,
): Promise<SessionOutcome> {
  const { agent, assignment, budget, secrets } = request
  const preset = agent.preset === undefined ? undefined : presets[agent.preset]
  const judges = isJudge(assignment.role)
  const line = commandLine(agent, { model: agent.model, judges, turns: budget.turns, promptFile })
  if (line === undefined)
    return {
      kind: 'unavailable',
      message: 'The agent has no command to run.',
      hint: 'Set `agent.preset` or `agent.command` in the front matter of the spec, for example `preset: claude`.',
      retryable: false,
      usage: noUsage,
    }
  const { command, name } = line
  const { now } = effects
  const { onProgress } = request
  const transcript = openTranscript({ file: request.transcriptFile, secrets, now, onProgress })
  await transcript.append({ type: 'session', role: assignment.role, command, promptVersion, stdin: prompt })
  const follower = new OutputFollower(preset?.reader(), now, (summary, usage) =>
    onProgress({ type: 'said', summary: summary.slice(0, 200), usage }),
  )
  const outcome = await runCommand({
    command,
    stdin,
    cwd: request.directory,
    ownFolder: request.directory,
    env: { ...request.env, ...request.ownEnv },
    timeoutMs: budget.wallMs,
    keepBytes,
    signal: request.signal,
    secrets,
    onOutput: (text) => follower.add(text),
  })
  const heard = follower.finish()
  const { output, ...rest } = outcome
  await transcript.append({ type: 'turn', turn: 1, ...rest, usage: heard.usage, output })
  const ended = { name, preset, outcome, heard }
  const result: SessionOutcome = { ...(judges ? verdictOf(ended) : resultOf(ended)), usage: heard.usage }
  await transcript.append({ type: 'end', outcome: result })
  return result
}

function promptOf({ assignment }: SessionRequest): string {
  const { system, user } = buildPrompt(assignment)
  const [header = '', ...body] = user.split('\n')
  const ending = isJudge(assignment.role) ? howToJudge : howToReport
  return [header, '', system, '', ending, ...body].join('\n')
}
