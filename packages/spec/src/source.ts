import type { Position, Range } from './diagnostic.ts'

/**
 * A spec's text as the passes read it, and the way back to the text as it was given.
 * `text` has no byte order mark, `\n` line ends alone and no NUL; every offset inside the compiler counts in it.
 */
export interface Source {
  readonly text: string
  /** Range in the text as given, for two offsets in `text`. */
  range(start: number, end: number): Range
  /** Offsets in `text` at which its lines start. */
  readonly lines: readonly number[]
  /** The index of the line that holds an offset, from 0. */
  lineOf(offset: number): number
}

/** Normalises a spec's text; never fails, whatever the text is. */
export function readSource(given: string): Source {
  const bom = given.charCodeAt(0) === 0xfeff ? 1 : 0
  const text = given.slice(bom).replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd')
  const lines = lineStarts(text, 0)
  const givenLines = text.length === given.length - bom ? undefined : lineStarts(given, bom)
  const position = (offset: number): Position => {
    const at = Math.min(Math.max(offset, 0), text.length)
    const line = lineAt(lines, at)
    const column = at - (lines[line] ?? 0)
    const start = givenLines === undefined ? (lines[line] ?? 0) + bom : (givenLines[line] ?? 0)
    return { line: line + 1, column: column + 1, offset: start + column }
  }
  return {
    text,
    range: (start, end) => ({ start: position(start), end: position(Math.max(start, end)) }),
    lines,
    lineOf: (offset) => lineAt(lines, Math.min(Math.max(offset, 0), text.length)),
  }
}

/** Offsets at which lines start; a line ends with `\n`, `\r\n` or a lone `\r`. */
export function lineStarts(text: string, first: number): readonly number[] {
  const starts = [first]
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1)
  }
  return starts
}

function lineAt(lines: readonly number[], offset: number): number {
  let low = 0
  let high = lines.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lines[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
