/** As many lines as a person reads at a glance. */
const most = 15

/** Lines without a cause that may lie between two causes of one failure. */
const gap = 3

/** Words that package managers and compilers tell a cause with. */
const causes = [
  /\b(?:error|err!|fatal|failed|failure|cannot|could not|not found|missing|denied|refused|forbidden|invalid)\b/i,
  // Codes of the system, of npm, Node and pnpm, and of yarn.
  /\b(?:E[A-Z]{4,}\d*|E\d{3}|ERR_\w+|YN(?!0000)\d{4})\b/,
]

/** What says nothing of a cause: where a log is, how to read more, warnings, frames of a stack. */
const noise =
  /complete log of this run|for a full report see|\/_logs\/|npm help|^npm (?:error|ERR!)\s*$|^\s*$|^npm warn|^(?:npm (?:error|ERR!)\s+)?\s*at .*[:(]\d+|in CI environments this setting is true by default/i

/**
 * The lines of a failed command's output that say why: its last causes with what belongs to them, without usage texts; its last lines where
 * no cause is found. What lies between the ends of a long failure is left out.
 */
export function decisiveLines(output: string): string {
  const lines = output.trimEnd().split('\n')
  const told = withoutUsage(lines).filter((line) => !noise.test(line))
  const last = told.findLastIndex(tellsCause)
  if (last === -1) return lines.slice(-most).join('\n')
  let first = last
  for (let at = last - 1; at >= 0 && first - at <= gap; at -= 1) if (tellsCause(told[at] ?? '')) first = at
  const rest = told.slice(first)
  if (rest.length <= most) return rest.join('\n')
  // What follows the last cause says less than what leads to it.
  const failure = told.slice(first, Math.max(last + 1, first + most))
  if (failure.length <= most) return failure.join('\n')
  const head = Math.floor(most / 2)
  return [...failure.slice(0, head), '…', ...failure.slice(head + 1 - most)].join('\n')
}

function tellsCause(line: string): boolean {
  return causes.some((cause) => cause.test(line))
}

/** npm prints a command's title, usage and options after its cause. */
function withoutUsage(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => /^npm (?:error|ERR!) Usage:/.test(line))
  if (start === -1) return lines
  const isBlank = (line: string | undefined) => /^npm (?:error|ERR!)\s*$/.test(line ?? '')
  let title = start - 1
  while (isBlank(lines[title])) title -= 1
  const end = lines.findIndex((line, at) => at > start && /npm help/.test(line))
  return [...lines.slice(0, title), ...(end === -1 ? [] : lines.slice(end + 1))]
}
