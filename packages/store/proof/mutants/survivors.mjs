/** How much of a mutated place is quoted on each side. */
const quotedAtMost = 100

/** Names a mutant by its text, so that the name outlives edits elsewhere in the file: `` line before `` → `` line after ``. */
export function describeMutant({ location: { start, end }, replacement }, source) {
  const lines = source.split('\n')
  const before = (lines[start.line - 1] ?? '').slice(0, start.column - 1)
  const after = (lines[end.line - 1] ?? '').slice(end.column - 1)
  const original = lines
    .slice(start.line - 1, end.line)
    .map((line, index, all) => line.slice(0, index === all.length - 1 ? end.column - 1 : undefined))
    .map((line, index) => (index === 0 ? line.slice(start.column - 1) : line))
    .join('\n')
  return `${quote(before + original + after)} → ${quote(before + replacement + after)}`
}

function quote(code) {
  const line = code.replace(/\s+/g, ' ').trim()
  return `\`\` ${line.length > quotedAtMost ? `${line.slice(0, quotedAtMost / 2)}…${line.slice(-quotedAtMost / 2)}` : line} \`\``
}

/** The accepted survivors that a survivors.md names: under the heading of a file one item each, with the reason after it. */
export function acceptedSurvivors(markdown) {
  let file = ''
  const accepted = []
  for (const line of markdown.split('\n')) {
    const heading = /^## `(.+)`$/.exec(line)
    if (heading) file = heading[1]
    const item = /^- (`` .+ `` → `` .+ ``)$/.exec(line)
    if (item) accepted.push({ file, text: item[1] })
  }
  return accepted
}
