/** As many lines as a person reads at a glance. */
const most = 15

/** Words that package managers and compilers begin a cause with. */
const cause =
  /\b(?:error|err!|fatal|failed|failure|cannot|could not|not found|missing|denied|refused|invalid|ENO[A-Z]+|E[A-Z]{4,})\b/i

/** What follows a cause and says nothing of it: a usage text, where a log is, how to read more. */
const noise =
  /complete log of this run|npm help|^npm (?:error|ERR!)\s*$|^npm (?:error|ERR!) (?:Usage|Options|aliases|Run):?|^npm (?:error|ERR!)\s+\[?-|^\s*$|^npm warn/i

/** The lines of a failed command's output that say why: from the first cause on, without usage texts; its last lines where none is found. */
export function decisiveLines(output: string): string {
  const lines = output.trimEnd().split('\n')
  const told = lines.filter((line) => !noise.test(line))
  const first = told.findIndex((line) => cause.test(line))
  return (first === -1 ? lines.slice(-most) : told.slice(first, first + most)).join('\n')
}
