import type { Inline, Line, Unseen } from './inline.ts'

const COMMENT = /<!--[\s\S]*?-->/g

/** Marks of emphasis and code, escapes and white space: what may occur between the words of a line without changing what they say. */
const MARKUP = /^[*_`\\\s]*$/

/** What Markdown writes around the words of a link. */
const LINK = /^[*_`\\\s]*(?:\[|<|>|\](?:\([\s\S]*\)|\[[^\]]*\])?)+[*_`\\\s]*$/

/** The first thing in the lines that a reader of the rendered page does not see as their text, or sees withdrawn. */
export function unseenIn(lines: readonly Line[], source: string): Unseen | 'image' | undefined {
  for (const { inlines } of lines) {
    for (const { kind, unseen } of inlines) {
      if (unseen !== undefined) return unseen
      if (kind === 'image') return 'image'
    }
    if (gapsOf(inlines, source).some((gap) => !MARKUP.test(gap) && !LINK.test(gap))) return 'html'
  }
  return undefined
}

/** Whether part of a line links somewhere. */
export function hasLink({ inlines }: Line, source: string): boolean {
  return inlines.some(({ kind }) => kind === 'url') || gapsOf(inlines, source).some((gap) => !MARKUP.test(gap))
}

/** What the source holds between a line's words, comments apart. */
function gapsOf(inlines: readonly Inline[], source: string): readonly string[] {
  return inlines.slice(1).map((inline, at) => source.slice(inlines[at]?.end, inline.start).replace(COMMENT, ''))
}
