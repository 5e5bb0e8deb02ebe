// Texts of up to a megabyte that are made to be slow: deep nesting, many definitions and references, long lines of every construct.

const PHASE = '## Implementation Phases\n### Phase 1: A\n'

/** What a line may consist of, over and over. */
const FRAGMENTS = (
  '- |[|](|[]|(|*|_|`|``` |<|<a |<!--|<?|&|!|![|\\|~|~~|:|a | |\t|"|\'|{|.|/|,|a.|0|a-|[a](|[a](b "|[a](<|https://|=|é|**a** |**a|' +
  'a,|1. |> |- [ ] |#| #|a: |**a:** |Phase 1, |`a`b|` `` |(a (|$(|&& |<b>|</b>|\u200b|🎯|; |a b:|Phase 1-|exists |exit 0 |[x|x]|_a|*a_|<del>|[a]: b |—| - '
)
  .split('|')
  .concat('|', '| - ', 'a|')

/** Where a long line may stand. */
const PLACES = [
  (line) => line,
  (line) => `# ${line}`,
  (line) => `### Phase 1: ${line}`,
  (line) => `#### ${line}`,
  (line) => `x ${line}`,
  (line) => `- ${line}`,
  (line) => `> ${line}`,
  (line) => `<div>${line}`,
  (line) => `${line}: x`,
  (line) => `\`\`\`${line}`,
  (line) => `| Files | x |\n|---|---|\n| Modules | ${line} |`,
  ...['Modules', 'Test Command', 'Files', 'Generated', 'Depends On', 'Allow', 'Approval'].map(
    (label) => (line) => `${label}: ${line}`,
  ),
  ...['Test Commands', 'Success Criteria', 'Gotchas', 'Agents', 'Tasks'].map(
    (label) => (line) => `${label}:\n- ${line}`,
  ),
  (line) => `Test Command:\n\`\`\`sh\n${line}\n\`\`\``,
]

const WORDS = 'the ledger reads entries from files and writes a balance for each account of a customer'.split(' ')

function lines(count, line) {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n')
}

/** One text of about `size` characters; the same random numbers make the same text. */
export function largeText({ random, below, pick }, size) {
  const sentence = () => Array.from({ length: 6 + below(10) }, () => pick(WORDS)).join(' ')
  const shapes = [
    // One long line of a construct, and many of a thousand characters.
    () => pick(PLACES)(pick(FRAGMENTS).repeat(size)).slice(0, size),
    () => {
      const place = pick(PLACES)
      const line = place(pick(FRAGMENTS).repeat(1_000).slice(0, 1_000))
      return lines(Math.max(1, Math.floor(size / line.length)), () => line + pick(['\n', '']))
    },
    // Nesting: in one line, by indentation, quotes on every line.
    () => lines(Math.ceil(size / 1_000), () => `${pick(['- ', '> ', '1. ', '>', '* - ']).repeat(2 + below(300))}x\n`),
    () => lines(Math.ceil(Math.sqrt(size)), (index) => `${'  '.repeat(index)}- item ${index}`),
    () => {
      const depth = 1 + below(60)
      return lines(Math.ceil(size / (depth + 60)), () => '>'.repeat(depth) + sentence())
    },
    // Definitions and references.
    () => lines(Math.ceil(size / 20), (index) => `[a${index}]: http://x/${index}`),
    () =>
      `${lines(Math.ceil(size / 50), (index) => `[a${index}]: http://x/${index}`)}\n\n${lines(Math.ceil(size / 50), (index) => `See [a${index}] and [b][a${below(99)}].\n`)}`,
    () =>
      lines(Math.ceil(size / 40), (index) => `See [the notes][n${index % 7}] here.\n`) +
      lines(7, (index) => `\n[n${index}]: #x`),
    // Blocks without an end, and blocks of many lines.
    () => `${pick(['```', '~~~', '<!--', '<details>', '<pre>', '<div>'])}\n${lines(Math.ceil(size / 70), sentence)}`,
    () => lines(Math.ceil(size / 80), () => `| ${sentence()} | \`x\` |`).replace('\n', '\n|---|---|\n'),
    () => lines(Math.ceil(size / 70), () => `- ${sentence()}  \n  *more* of it`),
    () => lines(Math.ceil(size / 70), sentence),
    // What people write, of any length.
    () =>
      lines(
        Math.ceil(size / 300),
        (index) =>
          `### Phase ${index + 2}: ${sentence()}\n\n- ${sentence()}\n- [ ] ${sentence()}\n\nModules: m${index} (packages/m${index}/**)\nTest Command: npm test\nSuccess Criteria:\n- \`x.ts\` exists\n`,
      ),
  ]
  const body = random() < 0.7 ? pick(shapes)() : lines(3, () => pick(shapes)().slice(0, Math.ceil(size / 3)))
  const text = random() < 0.9 ? `${PHASE}${body}` : body
  return text.slice(0, size)
}
