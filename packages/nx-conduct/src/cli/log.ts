import { checkHistory, type RunEnd, readHistory, readRunEnd } from '@nx-conduct/conductor'
import { printableJson, printableLine } from '@nx-conduct/spec'
import type { Flags, Terminal } from './call.ts'

/** Prints the events of a spec's run log, one per line. */
export async function logCommand(flags: Flags, terminal: Terminal): Promise<number> {
  let count = 0
  const events = readHistory(terminal.cwd(), flags.spec, (notice) => printNotice(terminal, notice))
  for await (const { seq, at, body } of events) {
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

/** Says how the newest run stands; with `--exit-code` also by the exit code, because Nx's own tells only success from failure. */
export async function statusCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const end = await readRunEnd(terminal.cwd(), flags.spec, (notice) => printNotice(terminal, notice))
  const { text, code } = endOf(flags.spec, end)
  terminal.stdout.write(flags.json ? `${printableJson(end, 0)}\n` : `${printableLine(text)}\n`)
  return flags['exit-code'] ? code : 0
}

function endOf(spec: string, end: RunEnd): { readonly text: string; readonly code: number } {
  switch (end.kind) {
    case 'done':
      return { text: 'done', code: 0 }
    case 'waiting':
      return { text: `waiting for approval: ${phases(end.phases)}`, code: 3 }
    case 'failed':
      return { text: `failed: ${phases(end.phases)}; see npx nx run ${spec}:status`, code: 1 }
    case 'unfinished':
      return { text: `not finished; go on with npx nx run ${spec}:conduct`, code: 1 }
    case 'none':
      return { text: `there is no run of ${spec} in this repository yet`, code: 1 }
    default:
      return end satisfies never
  }
}

function phases(ids: readonly string[]): string {
  return ids.map((id) => `phase ${id}`).join(', ')
}

function printNotice(terminal: Terminal, { message, hint = '' }: { message: string; hint?: string }): void {
  terminal.stderr.write(`! ${message}${hint === '' ? '' : `\n  next      ${hint}`}\n`)
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
    'verdict',
    'by',
    'from',
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
