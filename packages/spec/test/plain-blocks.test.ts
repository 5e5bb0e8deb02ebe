import { readdirSync, readFileSync } from 'node:fs'
import type { Nodes, Root, RootContent } from 'mdast'
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough'
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table'
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item'
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough'
import { gfmTable } from 'micromark-extension-gfm-table'
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item'
import { remark } from 'remark'
import { expect, test } from 'vitest'
import { parseMarkdown } from '../src/markdown.ts'
import { readPlainBlocks } from '../src/plain-blocks.ts'

const parser = remark()
  .data('micromarkExtensions', [gfmTable(), gfmTaskListItem(), gfmStrikethrough()])
  .data('fromMarkdownExtensions', [
    gfmTableFromMarkdown(),
    gfmTaskListItemFromMarkdown(),
    gfmStrikethroughFromMarkdown(),
  ])
  .freeze()

/** A tree as the compiler reads it: nobody reads lines, columns, and whether lists are loose. */
function shown(node: Nodes): unknown {
  const { position, children, spread: _, data: __, ...rest } = node as Nodes & { children?: Nodes[]; spread?: boolean }
  return {
    ...rest,
    at: [position?.start.offset, position?.end.offset],
    ...(children === undefined ? {} : { children: children.map(shown) }),
  }
}

/**
 * The blocks that the parser reads before an offset, by the text as a whole; every block has to end before it or begin behind it. `open`: the
 * last of them is a list of which another item has to begin there.
 */
function blocksBefore(root: Root, end: number, open: boolean, text: string): readonly RootContent[] {
  const blocks = root.children.filter((node) => startOf(node) < end)
  const last = blocks.pop()
  for (const each of last === undefined || open ? blocks : [...blocks, last]) {
    expect(each.position?.end.offset, JSON.stringify([text, end])).toBeLessThanOrEqual(end)
  }
  if (last === undefined || !open) return last === undefined ? blocks : [...blocks, last]
  return [...blocks, itemsBefore(last, end, text)]
}

function itemsBefore(node: RootContent, end: number, text: string): RootContent {
  if (node.type !== 'list') throw new Error(`no list goes on at ${end}: ${JSON.stringify(text)}`)
  const children = node.children.filter((item) => startOf(item) < end)
  const next = node.children[children.length]
  expect(next === undefined ? undefined : text.lastIndexOf('\n', startOf(next)) + 1, JSON.stringify([text, end])).toBe(
    end,
  )
  const last = children.at(-1)?.position
  if (node.position === undefined || last === undefined) throw new Error(`an empty list: ${JSON.stringify(text)}`)
  return { ...node, children, position: { start: node.position.start, end: last.end } }
}

function startOf({ position }: Nodes): number {
  return position?.start.offset ?? 0
}

function generator(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const STARTS = [
  '',
  '',
  '',
  '- ',
  '- ',
  '* ',
  '1. ',
  '2. ',
  '  - ',
  '    - ',
  '   - ',
  '   ',
  '  ',
  '    ',
  '# ',
  '## ',
  '- [ ] ',
  '- [x] ',
  '> ',
  '```\n',
  '```js\n',
  '```\n',
  '  ```\n',
  '   ```\n',
  '<!-- ',
  '-->',
  '---',
  '***',
  '10) ',
  '+ ',
  ' ',
]
const ROWS = [
  '| a | b |',
  '|---|---|',
  '|---|:-:|',
  '| `x` | **y** z |',
  '|x|y|',
  '| | a_b |',
  '|   two  words | (x) |',
  '| a |',
  'words',
  '',
  '| [a](b) | c |',
  '|-|',
  '| a | b',
]
const SCRAPS = [
  'word',
  'two words',
  ' ',
  ' ',
  '**',
  '**',
  '*',
  '_',
  '__',
  '`',
  '`code`',
  '``',
  'a_b',
  '(x)',
  '[a](b/c.md)',
  '[a]',
  '[',
  ']',
  '!',
  '<',
  '<b>',
  '& ',
  '&amp;',
  '~',
  '~~',
  '\\',
  '.',
  ',',
  ':',
  '**bold**',
  '*it*',
  '(a/**),',
  'é',
  '“',
  '—',
  '|',
  '#',
  '-',
  '1.',
  '  ',
  '\t',
  '|---|',
  '[a]: b',
  '/**',
  '. ',
]

test('what is read without the parser is what the parser reads', () => {
  const random = generator(7)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  let read = 0
  let parts = 0
  for (let run = 0; run < 12_000; run++) {
    let text = ''
    for (let lines = 1 + Math.floor(random() * 7); lines > 0; lines--) {
      if (random() < 0.2) {
        text += '\n'
        continue
      }
      if (random() < 0.1) {
        text += '| a | b |\n|---|---|\n'
        for (let rows = Math.floor(random() * 4); rows > 0; rows--) text += `${pick(ROWS)}\n`
        continue
      }
      text += pick(STARTS)
      const plain = random() < 0.5
      for (let count = 1 + Math.floor(random() * 5); count > 0; count--) text += plain ? 'words ' : pick(SCRAPS)
      text = `${random() < 0.8 ? text.trimEnd() : text + pick(['', ' ', '  ', '   '])}\n`
    }
    text = text.replace(/^---.*/, '').replace(/\[a\]: b/g, random() < 0.8 ? 'x' : '[a]: b')
    const root = parser.parse(text)
    const labels = JSON.stringify(root).match(/"type":"definition"/g) === null ? [] : ['a']
    const { nodes, end, open } = readPlainBlocks(text, 0, 1_000_000, (label) => labels.includes(label.toLowerCase()))
    if (nodes.length === 0) continue
    read++
    if (open) parts++
    expect(nodes.map(shown), JSON.stringify(text)).toEqual(blocksBefore(root, end, open, text).map(shown))
  }
  expect(read).toBeGreaterThan(2_000)
  expect(parts).toBeGreaterThan(100)
})

test('a long list of which the parser gets the unusual items alone is the list that it reads whole', () => {
  const random = generator(11)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  for (let run = 0; run < 150; run++) {
    const marker = pick(['- ', '* ', '1. '])
    let text = run % 3 === 0 ? '' : 'Words.\n\n'
    for (let items = 5 + Math.floor(random() * 200); items > 0; items--) {
      const form = random()
      if (form < 0.9) text += `${marker}${'some words '.repeat(1 + Math.floor(random() * 15)).trimEnd()}\n`
      else text += `${pick([...STARTS, marker, marker, `${marker}\n`, '- - -', '* * *'])}${pick(SCRAPS)}\n`
      if (random() < 0.1) text += '  and more\n'
      if (random() < 0.05) text += `  ${marker}inside ${pick(SCRAPS)}\n`
      if (random() < 0.1) text += '\n'
    }
    text = text.replaceAll('[a]: b', 'x')
    const nodes = parseMarkdown(text).nodes.map(shown)
    expect(nodes, JSON.stringify(text)).toEqual(parser.parse(text).children.map(shown))
  }
})

const corpus = new URL('./fixtures/corpus/', import.meta.url)
const files = readdirSync(corpus, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.md'))

test('in texts that people wrote, every stretch that is read without the parser is what the parser reads', {
  timeout: 120_000,
}, () => {
  let plain = 0
  let all = 0
  for (const file of files) {
    const text = readFileSync(new URL(file, corpus), 'utf8')
      .replace(/^\ufeff/, '')
      .replace(/\r\n?/g, '\n')
    if (text.startsWith('---') || text.length > 60_000) continue
    const root = parser.parse(text)
    all += text.length
    for (const { position } of root.children) {
      const start = position?.start.offset ?? 0
      // Only where the line begins with the block, and the definitions of the text play no part.
      if (start > 0 && text[start - 1] !== '\n') continue
      const { nodes, end, open } = readPlainBlocks(text, start, 1)
      const [node] = nodes
      if (node === undefined) continue
      plain += end - start
      const theirs = root.children.find((other) => other.position?.start.offset === start)
      expect(shown(node), `${file}: ${text.slice(start, end)}`).toEqual(
        theirs === undefined ? undefined : shown(open ? itemsBefore(theirs, end, text) : theirs),
      )
    }
  }
  expect(plain / all).toBeGreaterThan(0.5)
})
