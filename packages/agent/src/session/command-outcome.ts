import type { AgentReport, CommandOutcome, SessionOutcome } from '../contract.ts'
import type { KnownFailure, Preset } from '../presets/preset.ts'
import { readReport } from '../tools/report.ts'
import { field } from '../tools/result.ts'
import { readVerdict } from '../tools/verdict.ts'
import type { Heard } from './follow-output.ts'

/** A program's session that ended. */
export interface EndedProgram {
  /** What it is called in messages. */
  readonly name: string
  readonly preset: Preset | undefined
  readonly outcome: CommandOutcome
  readonly heard: Heard
}

type Result = SessionOutcome extends infer Outcome ? (Outcome extends unknown ? Omit<Outcome, 'usage'> : never) : never

/** How a session of an agent that works came out. */
export function resultOf(ended: EndedProgram): Result {
  return endedEarly(ended) ?? reported(ended)
}

/** How a session of an agent that judges came out. */
export function verdictOf(ended: EndedProgram): Result {
  return endedEarly(ended) ?? judged(ended)
}

/** What kept the program from ending its session; undefined where it ended it. */
function endedEarly({ name, preset, outcome, heard }: EndedProgram): Result | undefined {
  const said = heard.lines
  const unusable = (message: string, hint: string, retryable: boolean): Result => ({
    kind: 'unavailable',
    message,
    hint,
    retryable,
    said,
  })
  switch (outcome.kind) {
    case 'aborted':
      return { kind: 'aborted' }
    case 'timed-out':
      return { kind: 'limit', limit: 'wall', said }
    case 'not-started':
      return unusable(outcome.message, 'Check that `bash` is installed and that the worktree exists.', false)
    case 'signaled':
      return unusable(
        `\`${name}\` was killed by ${outcome.signal}, not by us.`,
        'Something outside killed it (the system short of memory, or a person). Run again.',
        true,
      )
    case 'exited': {
      if (heard.turnLimit) return { kind: 'limit', limit: 'turns', said }
      if (heard.refused !== undefined) return { kind: 'refused', message: heard.refused, said }
      const failed = outcome.exitCode !== 0 || heard.error !== undefined
      const report = findReport(heard.words?.all ?? outcome.output)
      const known =
        failed || (report === undefined && isShort(heard, outcome)) ? knownFailure(preset, heard) : undefined
      if (preset !== undefined && known !== undefined) return unusable(...explainKnown(name, preset, known))
      if (!failed) return undefined
      const end = `\`${name}\` ${
        outcome.exitCode === 0 ? 'failed' : `ended with exit code ${outcome.exitCode}`
      }: ${said.at(-1) ?? 'it printed nothing'}`
      if (report)
        return { kind: 'format', message: `${end} It reported all the same; a report with a failure is none.`, said }
      if (outcome.exitCode === 127 || outcome.exitCode === 126)
        return unusable(
          end,
          preset === undefined
            ? 'Install the program, or correct `agent.command`.'
            : `Install it with: ${preset.install} – or name its path under \`command\`.`,
          false,
        )
      return unusable(
        end,
        `Read the transcript, which has all of its output; if it does not say why, try \`${name}\` by hand.`,
        true,
      )
    }
  }
}

/** A login page or an error takes a few lines; work of an agent whose words happen to fit is not one. */
function isShort({ words }: Heard, { output }: CommandOutcome): boolean {
  return (words?.all ?? output).length < 2_000
}

function knownFailure(preset: Preset | undefined, { error = '', lines, words }: Heard): KnownFailure | undefined {
  const text = [error, ...lines, words?.last.slice(-2_000) ?? ''].join('\n')
  return preset?.failures.find((failure) => failure.words.test(text))
}

function explainKnown(name: string, preset: Preset, { means }: KnownFailure): [string, string, boolean] {
  switch (means) {
    case 'not-logged-in':
      return [`\`${name}\` is not logged in.`, `${preset.login}.`, false]
    case 'key-refused':
      return [`The service refused the key or the login of \`${name}\`.`, `${preset.login}.`, false]
    case 'no-credit':
      return [`The account of \`${name}\` has no credit left.`, 'Add credit, or use another agent.', false]
    case 'rate-limited':
      return [
        `The service limits how much \`${name}\` may ask for now.`,
        'Wait until the limit is over, or lower `concurrency`.',
        true,
      ]
  }
}

function reported({ outcome, heard }: EndedProgram): Result {
  const words = heard.words?.all ?? outcome.output
  return { kind: 'reported', report: findReport(words) ?? withoutReport(words) }
}

function judged({ name, outcome, heard }: EndedProgram): Result {
  // The last alone: what it printed before may be a file that somebody wrote a verdict into.
  const [written] = writtenObjects(heard.words?.last ?? outcome.output)
  const read = readVerdict(written)
  if (read.kind === 'verdict') return { kind: 'judged', verdict: read.verdict }
  const problem =
    field(written, 'verdict') === undefined
      ? 'it printed no verdict as a fenced `json` block at its end'
      : `its verdict cannot be read: ${read.problem}`
  return { kind: 'format', message: `\`${name}\` ended, but ${problem}.`, said: heard.lines }
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

const noReport = 'The agent gave no structured report; what it did is known from its files alone.'

/** Whether a report stands in for one that a program did not give. */
export function isStandIn({ issues }: Pick<AgentReport, 'issues'>): boolean {
  return issues.length === 1 && issues[0] === noReport
}

function withoutReport(output: string): AgentReport {
  const end = output.trim().slice(-2000)
  return {
    built: end === '' ? 'The program printed nothing.' : end,
    tests: 'Not reported.',
    issues: [noReport],
  }
}
