import type { PhrasingContent } from 'mdast'
import { elementsBehind } from './hidden-html.ts'

/** A stretch of running text: its canonical words, and its place in the source. */
export interface Inline {
  /**
   * `mark`: bold or italics. `code`: inline code, `text` without the backticks. `url`: where the words before it link to.
   * `image`: the alternative text of a picture.
   */
  readonly kind: 'text' | 'mark' | 'code' | 'url' | 'image'
  readonly text: string
  readonly start: number
  readonly end: number
  /** Set where a reader of the rendered page does not see the text, or sees it withdrawn. */
  readonly unseen?: Unseen
}

/** Why a reader may not see a text: it is struck out, or an HTML element holds it and may hide it. */
export type Unseen = 'struck' | 'html'

/** One line of a paragraph, as the writer broke it. */
export interface Line {
  readonly inlines: readonly Inline[]
  readonly start: number
  readonly end: number
}

/**
 * Splits a paragraph's content into the lines its writer made. Emphasis, link style, escapes and comments are gone;
 * a glob whose stars Markdown took for emphasis is kept as it was written.
 */
export function linesOf(nodes: readonly PhrasingContent[], source: string): readonly Line[] {
  const lines: Inline[][] = [[]]
  const emit = (inline: Inline): void => {
    if (inline.text !== '') lines.at(-1)?.push(inline)
  }
  const walk = (children: readonly PhrasingContent[], marked: boolean, outer: Unseen | undefined): void => {
    let elements = 0
    for (const node of children) {
      const unseen = outer ?? (elements > 0 ? 'html' : undefined)
      const flag = unseen === undefined ? {} : { unseen }
      const start = node.position?.start.offset ?? 0
      const end = node.position?.end.offset ?? start
      switch (node.type) {
        case 'text':
          textLines(node.value, source, start, end).forEach((piece, index) => {
            if (index > 0) lines.push([])
            emit({ ...piece, ...flag, kind: marked ? 'mark' : 'text' })
          })
          break
        case 'break':
          lines.push([])
          break
        case 'inlineCode':
          emit({ kind: 'code', text: node.value.replace(/\s+/g, ' '), start, end, ...flag })
          break
        case 'delete':
          walk(node.children, true, 'struck')
          break
        case 'strong':
        case 'emphasis':
          if (isGlob(source, start, end, node)) {
            // The marks belong to paths of several lines, each of which may have a label of its own.
            const text = source.slice(start, end).replace(/\n[ \t]+/g, '\n')
            textLines(text, source, start, end).forEach((piece, index) => {
              if (index > 0) lines.push([])
              emit({ kind: 'text', ...piece, ...flag })
            })
          } else walk(node.children, true, unseen)
          break
        case 'link': {
          const before = lines.at(-1)?.length ?? 0
          walk(node.children, marked, unseen)
          const words = wordsOf(lines.at(-1)?.slice(before) ?? [])
          if (words !== node.url && `mailto:${words}` !== node.url)
            emit({ kind: 'url', text: node.url, start: end, end, ...flag })
          break
        }
        case 'linkReference':
          walk(node.children, marked, unseen)
          break
        case 'image':
        case 'imageReference':
          emit({ kind: 'image', text: node.alt ?? '', start, end, ...flag })
          break
        case 'html':
          elements = elementsBehind(node.value, elements)
          if (/^<br\b/i.test(node.value)) emit({ kind: 'text', text: ' ', start, end })
          break
        case 'footnoteReference':
          break
      }
    }
  }
  walk(nodes, false, undefined)
  return lines
    .filter((inlines) => inlines.length > 0)
    .map((inlines) => ({ inlines, start: inlines[0]?.start ?? 0, end: inlines.at(-1)?.end ?? 0 }))
}

/** Stars and underscores that touch a path belong to it: `src/*.ts and test/*.ts`, `a (lib/**), b (bin/**)`, `__tests__/a.ts`. */
function isGlob(source: string, start: number, end: number, node: PhrasingContent): boolean {
  const marks = node.type === 'strong' ? 2 : 1
  const inside = source.slice(start + marks, start + marks + 2)
  const behind = source.slice(end, end + 2)
  const glob = source[start] === '*' && /^(?:\/|\.\w)/.test(inside)
  return glob || source[start - 1] === '/' || /^(?:\/|\.\w)/.test(behind)
}

function textLines(value: string, source: string, start: number, end: number): readonly Omit<Inline, 'kind'>[] {
  const values = value.split('\n')
  const raws = source.slice(start, end).split('\n')
  if (values.length !== raws.length) return [{ text: value.replace(/\s+/g, ' '), start, end }]
  let at = start
  return values.map((text, index) => {
    const raw = raws[index] ?? ''
    const lead = index === 0 ? 0 : raw.length - raw.trimStart().length
    const piece = { text, start: at + lead, end: at + raw.length }
    at += raw.length + 1
    return piece
  })
}

/** Running text in its canonical form: one space between words, inline code in backticks, a link's address in brackets after it. */
export function textOf(inlines: readonly Inline[]): string {
  return squeeze(inlines.map(written).join(''))
}

function written({ kind, text }: Inline): string {
  return kind === 'code' ? `\`${text}\`` : kind === 'url' ? ` (${text})` : text
}

/** Running text without any markup at all, for titles. */
export function wordsOf(inlines: readonly Inline[]): string {
  return squeeze(inlines.map(({ kind, text }) => (kind === 'url' ? '' : text)).join(''))
}

/** One space between words, none around them. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** All of a paragraph's or heading's text in canonical form. */
export function flatText(nodes: readonly PhrasingContent[], source: string): string {
  return linesOf(nodes, source)
    .map((line) => textOf(line.inlines))
    .join(' ')
}

/** All of a heading's text without markup. */
export function flatWords(nodes: readonly PhrasingContent[], source: string): string {
  return linesOf(nodes, source)
    .map((line) => wordsOf(line.inlines))
    .join(' ')
}
