import { checkHistory, readHistory } from '@nx-conduct/conductor'
import { printableJson, printableLine } from '@nx-conduct/spec'
import type { Flags, Terminal } from './call.ts'

/** Prints the events of a spec's run log, one per line. */
export async function logCommand(flags: Flags, terminal: Terminal): Promise<number> {
  let count = 0
  const notice = ({ message, hint = '' }: { message: string; hint?: string }) =>
    terminal.stderr.write(`! ${message}${hint === '' ? '' : `\n  next      ${hint}`}\n`)
  for await (const { seq, at, body } of readHistory(terminal.cwd(), flags.spec, notice)) {
    count += 1
    const { type, ...rest } = body
    terminal.stdout.write(
      flags.json
        ? `${printableJson({ seq, at, ...body }, 0)}\n`
        : `${String(seq).padStart(5)}  ${at}  ${type.padEnd(18)} ${printableLine(about(rest))}\n`,
    )
  }
  if (count === 0) terminal.stderr.write(`there is no run of ${flags.spec} in this repository yet\n`)
  return 0
}

/** Checks the log against the promises and its plans; 1 when one is broken. */
export async function verifyCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const { events, problems, notes } = await checkHistory(terminal.cwd(), flags.spec)
  if (flags.json) terminal.stdout.write(`${printableJson({ events, problems, notes })}\n`)
  else {
    for (const note of notes) terminal.stdout.write(`! ${printableLine(note)}\n`)
    for (const problem of problems) terminal.stdout.write(`✖ ${printableLine(problem)}\n`)
    terminal.stdout.write(`${events} events, ${problems.length} problems\n`)
  }
  return problems.length === 0 ? 0 : 1
}

/** The fields that say what an event is about, short enough for a line. */
function about(body: Readonly<Record<string, unknown>>): string {
  const shown = [
    'phase',
    'module',
    'step',
    'source',
    'role',
    'outcome',
    'reason',
    'message',
    'branch',
    'moved',
    'why',
    'code',
  ]
  const parts = shown.flatMap((name) => (body[name] === undefined ? [] : [`${name}=${String(body[name])}`]))
  const evidence = body['evidence'] as { gate?: string; rule?: string; outcome?: string; tree?: string } | undefined
  if (evidence)
    parts.push(
      `${evidence.gate} ${evidence.outcome} tree=${evidence.tree?.slice(0, 7)} ${JSON.stringify(evidence.rule)}`,
    )
  return parts.join(' ')
}
