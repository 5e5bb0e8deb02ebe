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
  return quoteChange(oneLine(before + original + after), oneLine(before + replacement + after))
}

/** How much that did not change is quoted around what did. */
const around = 50

function quoteChange(one, other) {
  const shorter = Math.min(one.length, other.length)
  let start = 0
  while (start < shorter && one[start] === other[start]) start++
  let end = 0
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const [from, after] = [Math.max(0, start - around), Math.max(0, end - around)]
  const quote = (code) => {
    const part = `${from > 0 ? '…' : ''}${code.slice(from, code.length - after)}${after > 0 ? '…' : ''}`
    return `\`\` ${part.length > 4 * around ? `${part.slice(0, 2 * around)}…${part.slice(-2 * around)}` : part} \`\``
  }
  return `${quote(one)} → ${quote(other)}`
}

function oneLine(code) {
  return code.replace(/\s+/g, ' ').trim()
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
