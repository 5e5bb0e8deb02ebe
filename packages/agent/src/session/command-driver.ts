import { runCommand } from '../command/run-command.ts'
import type { AgentReport, CommandOutcome, SessionOutcome, SessionRequest } from '../contract.ts'
import { buildPrompt, promptVersion } from '../prompt/build-prompt.ts'
import { howToJudge, howToReport } from '../prompt/role-texts.ts'
import { isJudge } from '../roles.ts'
import { readReport } from '../tools/report.ts'
import { field } from '../tools/result.ts'
import { readVerdict } from '../tools/verdict.ts'
import type { SessionEffects } from './effects.ts'
import { openTranscript } from './transcript.ts'
import { noUsage } from './usage.ts'

/** Enough of a program's output to find its report and to say what it did. */
const keepBytes = 512 * 1024

/**
 * Plays a role by any program that reads a prompt from standard input and works in the current directory. The report is
 * the last fenced JSON block, or the last line that is one; without it we say what we know, and say that we do. A
 * verdict is looked for in the same places, and nothing stands in for it.
 */
export async function runCommandSession(request: SessionRequest, effects: SessionEffects): Promise<SessionOutcome> {
  const { command } = request.agent
  const usage = { ...noUsage, turns: 1 }
  if (command === undefined || command.trim() === '')
    return {
      kind: 'unavailable',
      message: 'The agent has no command to run.',
      hint: 'Set `agent.command` in the front matter of the spec, for example `claude -p`.',
      retryable: false,
      usage: noUsage,
    }
  const { system, user } = buildPrompt(request.assignment)
  const [header = '', ...body] = user.split('\n')
  const judges = isJudge(request.assignment.role)
  const stdin = [header, '', system, '', judges ? howToJudge : howToReport, ...body].join('\n')
  const transcript = openTranscript({
    file: request.transcriptFile,
    secrets: request.secrets,
    now: effects.now,
    onProgress: request.onProgress,
  })
  await transcript.append({ type: 'session', role: request.assignment.role, command, promptVersion, stdin })
  const outcome = await runCommand({
    command,
    stdin,
    cwd: request.directory,
    ownFolder: request.directory,
    env: request.env,
    timeoutMs: request.budget.wallMs,
    keepBytes,
    signal: request.signal,
    secrets: request.secrets,
  })
  const { output, ...rest } = outcome
  await transcript.append({ type: 'turn', turn: 1, ...rest, output })
  request.onProgress({ type: 'turn', turn: 1, usage, summary: lastLine(output) })
  const result: SessionOutcome = { ...(judges ? verdictOf(outcome, command) : resultOf(outcome, command)), usage }
  await transcript.append({ type: 'end', outcome: result })
  return result
}

type Result = SessionOutcome extends infer Outcome ? (Outcome extends unknown ? Omit<Outcome, 'usage'> : never) : never

function resultOf(outcome: CommandOutcome, command: string): Result {
  switch (outcome.kind) {
    case 'aborted':
      return { kind: 'aborted' }
    case 'timed-out':
      return { kind: 'limit', limit: 'wall' }
    case 'not-started':
      return unusable(outcome.message, 'Check that `bash` is installed and that the worktree exists.', false)
    case 'signaled':
      return unusable(
        `\`${command}\` was killed by ${outcome.signal}, not by us.`,
        'Something outside killed it (the system short of memory, or a person). Run again.',
        true,
      )
    case 'exited': {
      const report = findReport(outcome.output)
      if (outcome.exitCode === 0) return { kind: 'reported', report: report ?? withoutReport(outcome.output) }
      const end = `\`${command}\` ended with exit code ${outcome.exitCode}: ${lastLine(outcome.output)}`
      if (report)
        return { kind: 'format', message: `${end} It reported all the same; a report with a failure is none.` }
      if (outcome.exitCode === 127 || outcome.exitCode === 126)
        return unusable(end, 'Install the program, or correct `agent.command`.', false)
      return unusable(end, 'Run it by hand; see the transcript for its whole output.', true)
    }
  }
}

function verdictOf(outcome: CommandOutcome, command: string): Result {
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) return resultOf(outcome, command)
  // The last alone: what it printed before may be a file that somebody wrote a verdict into.
  const [written] = writtenObjects(outcome.output)
  const read = readVerdict(written)
  if (read.kind === 'verdict') return { kind: 'judged', verdict: read.verdict }
  const problem =
    field(written, 'verdict') === undefined
      ? 'it printed no verdict as a fenced `json` block at its end'
      : `its verdict cannot be read: ${read.problem}`
  return { kind: 'format', message: `\`${command}\` ended, but ${problem}.` }
}

function unusable(message: string, hint: string, retryable: boolean): Result {
  return { kind: 'unavailable', message, hint, retryable }
}

/** The last fenced `json` block that is a report or, without one, the last such line. */
export function findReport(output: string): AgentReport | undefined {
  for (const written of writtenObjects(output)) {
    const report = readReport(written)
    if (report) return report
  }
  return undefined
}

/** The JSON in a program's output: its fenced blocks, then its lines; the last of each first. */
function* writtenObjects(output: string): Generator<unknown> {
  const blocks = [...output.matchAll(/^[ \t]*```json[ \t]*\r?\n([\s\S]*?)^[ \t]*```/gm)].map((match) => match[1] ?? '')
  const lines = output.split('\n').filter((line) => line.trimStart().startsWith('{'))
  for (const text of [...blocks.reverse(), ...lines.reverse()]) yield parsed(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON, so neither a report nor a verdict.
    return undefined
  }
}

function withoutReport(output: string): AgentReport {
  const end = output.trim().slice(-2000)
  return {
    built: end === '' ? 'The program printed nothing.' : `The end of the program's output:\n${end}`,
    tests: 'Not reported.',
    issues: ['The agent gave no structured report; what it did is known from its files alone.'],
  }
}

function lastLine(output: string): string {
  return (output.trim().split('\n').at(-1) ?? '').slice(0, 200)
}
