import type { Emphasis, PhrasingContent, Strong, Text } from 'mdast'

/** A line of a paragraph: offsets of its first character (indentation left out) and of its end (without white space). */
export interface PlainLine {
  readonly start: number
  readonly end: number
  /** Spaces behind it: two of them break the line. */
  readonly trailing?: number
}

/** Whether there is a definition of a label, as far as definitions are known. */
export type Defined = (label: string) => boolean

/** A run of `*` or `_` that nothing was paired with yet. */
interface Run {
  readonly type: 'run'
  readonly char: number
  readonly start: number
  readonly end: number
}

type Part = PhrasingContent | Run

interface State {
  readonly text: string
  readonly defined: Defined
  readonly parts: Part[]
  /** Runs that may open emphasis, with their indices among the parts. */
  openers: { readonly run: Run; readonly index: number }[]
  runs: number
  tildes: number
}

// Pairing runs takes time that grows with the square of their number; paragraphs with more are left to the parser.
const RUNS = 100

const LINK = /\[([^[\]\\`*_<&!~\n]+)\]\(([^\s()<>&\\"'`]+)\)/y

/** Words in brackets, and a label in brackets behind them: text, unless there is a definition of them. */
const BRACKETED = /\[([^[\]\\`*_<&!~\t\n]+)\](?:\[([^[\]\\`*_<&!~\t\n]+)\])?(?![([])/y

/** Characters that may begin something other than text, and the end of the line: a search that went on would read the whole text for each line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const SPECIAL = /[\\`*_[<&!~\u0000-\u001f]/g

/**
 * The running text of a paragraph or heading, where it has the forms that nearly all text has: words, inline code, bold and italics, and
 * links with an address. Undefined where there may be more to it. What is returned is what the CommonMark parser returns.
 */
export function readPlainInline(
  text: string,
  lines: readonly PlainLine[],
  defined: Defined,
): PhrasingContent[] | undefined {
  const state: State = { text, defined, parts: [], openers: [], runs: 0, tildes: 0 }
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]
    if (line === undefined) break
    const before = lines[index - 1]
    if (before !== undefined) {
      const { end, trailing = 0 } = before
      if (trailing >= 2) state.parts.push({ type: 'break', position: placeOf(end, end + trailing + 1) })
      else addText(state.parts, '\n', end, end + trailing + 1)
    }
    if (!readLine(state, line)) return undefined
  }
  return settled(state.parts)
}

function readLine(state: State, { start, end }: PlainLine): boolean {
  const { text, parts } = state
  let at = start
  while (at < end) {
    SPECIAL.lastIndex = at
    const found = SPECIAL.exec(text)
    const next = found === null || found.index > end ? end : found.index
    if (next > at) addText(parts, text.slice(at, next), at, next)
    if (next >= end) return true
    const code = text.charCodeAt(next)
    const to = readSpecial(state, code, next, start, end)
    if (to === undefined) return false
    at = to
  }
  return true
}

/** Reads what a special character begins; where it ends, or undefined where it is left to the parser. */
function readSpecial(state: State, code: number, at: number, start: number, end: number): number | undefined {
  if (code === 96) return readCode(state, at, end)
  if (code === 42 || code === 95) return readRun(state, code, at, start, end)
  if (code === 91) return readLink(state, at, end)
  if (!isLiteral(state, code, at + 1 < end ? state.text.charCodeAt(at + 1) : 32)) return undefined
  addText(state.parts, state.text.slice(at, at + 1), at, at + 1)
  return at + 1
}

/** Whether a character is only itself here, whatever surrounds it. */
function isLiteral(state: State, code: number, next: number): boolean {
  switch (code) {
    case 60: // `<` begins a tag, a comment or an address
      return !isLetter(next) && next !== 47 && next !== 33 && next !== 63
    case 38: // `&` begins a character reference
      return !isLetter(next) && next !== 35
    case 33: // `![` begins a picture
      return next !== 91
    case 126: // one `~` strikes nothing out
      return ++state.tildes === 1 && next !== 126
    default:
      return false
  }
}

function isLetter(code: number): boolean {
  return (code > 64 && code < 91) || (code > 96 && code < 123)
}

function readCode(state: State, at: number, end: number): number | undefined {
  const { text } = state
  let open = at
  while (open < end && text.charCodeAt(open) === 96) open++
  const length = open - at
  for (let close = text.indexOf('`', open); close >= 0 && close < end; ) {
    let to = close
    while (to < end && text.charCodeAt(to) === 96) to++
    if (to - close === length) {
      const inside = text.slice(open, close)
      if (inside.trim() === '') return undefined
      const padded = inside.startsWith(' ') && inside.endsWith(' ')
      const value = padded ? inside.slice(1, -1) : inside
      state.parts.push({ type: 'inlineCode', value, position: placeOf(at, to) })
      return to
    }
    close = text.indexOf('`', to)
  }
  return undefined
}

function readLink(state: State, at: number, end: number): number | undefined {
  LINK.lastIndex = at
  const match = LINK.exec(state.text)
  const [whole = '', label = '', url = ''] = match ?? []
  if (match === null) {
    return readBracketed(state, at, end)
  }
  if (at + whole.length > end) return undefined
  const words: Text = { type: 'text', value: label, position: placeOf(at + 1, at + 1 + label.length) }
  state.parts.push({
    type: 'link',
    title: null,
    url,
    children: [words],
    position: placeOf(at, at + whole.length),
  })
  return at + whole.length
}

function readBracketed(state: State, at: number, end: number): number | undefined {
  BRACKETED.lastIndex = at
  const [whole = '', words = '', label] = BRACKETED.exec(state.text) ?? []
  const to = at + whole.length
  if (whole === '' || to > end) return undefined
  if (state.defined(label ?? words)) {
    const children: Text[] = [{ type: 'text', value: words, position: placeOf(at + 1, at + 1 + words.length) }]
    const referenceType = label === undefined ? 'shortcut' : 'full'
    const identifier = (label ?? words).toLowerCase()
    const place = placeOf(at, to)
    state.parts.push({
      type: 'linkReference',
      identifier,
      label: label ?? words,
      referenceType,
      children,
      position: place,
    })
  } else if (label !== undefined && state.defined(words)) return undefined
  else addText(state.parts, whole, at, to)
  return to
}

/** Emphasis by the rules of CommonMark, as far as runs of one length are paired with each other. */
function readRun(state: State, char: number, at: number, start: number, end: number): number | undefined {
  const { text, parts, openers } = state
  let to = at
  while (to < end && text.charCodeAt(to) === char) to++
  if (++state.runs > RUNS) return undefined
  const { opens, closes } = sides(char, at > start ? text.charCodeAt(at - 1) : 32, to < end ? text.charCodeAt(to) : 32)
  if (!opens && !closes) {
    addText(parts, text.slice(at, to), at, to)
    return to
  }
  if (to - at > 2) return undefined
  const run: Run = { type: 'run', char, start: at, end: to }
  if (closes) {
    let found = openers.length - 1
    while (found >= 0 && openers[found]?.run.char !== char) found--
    const opener = openers[found]
    if (opener !== undefined) {
      if (opener.run.end - opener.run.start !== to - at) return undefined
      const children = settled(parts.splice(opener.index).slice(1))
      const node: Emphasis | Strong = {
        type: to - at === 2 ? 'strong' : 'emphasis',
        children,
        position: placeOf(opener.run.start, to),
      }
      parts.push(node)
      openers.length = found
      return to
    }
  }
  if (opens) openers.push({ run, index: parts.length })
  parts.push(run)
  return to
}

/** Whether a run may open and close emphasis, by the characters around it; `~` beside it counts as a word's end (strikethrough). */
function sides(char: number, previous: number, next: number): { readonly opens: boolean; readonly closes: boolean } {
  const before = classOf(previous)
  const after = classOf(next)
  const left = after === 'other' || (after === 'punctuation' && before !== 'other') || next === 126
  const right = before === 'other' || (before === 'punctuation' && after !== 'other') || previous === 126
  if (char === 42) return { opens: left, closes: right }
  return { opens: left && (before !== 'other' || !right), closes: right && (after !== 'other' || !left) }
}

function classOf(code: number): 'space' | 'punctuation' | 'other' {
  if (code < 128) {
    if (code <= 32) return 'space'
    return (code > 47 && code < 58) || isLetter(code) || code === 127 ? 'other' : 'punctuation'
  }
  const char = String.fromCharCode(code)
  return /\s/.test(char) ? 'space' : /[\p{P}\p{S}]/u.test(char) ? 'punctuation' : 'other'
}

/** The parts as nodes: runs that were paired with nothing are text. */
function settled(parts: readonly Part[]): PhrasingContent[] {
  const nodes: PhrasingContent[] = []
  for (const part of parts) {
    if (part.type === 'run')
      addText(nodes, String.fromCharCode(part.char).repeat(part.end - part.start), part.start, part.end)
    else if (part.type === 'text')
      addText(nodes, part.value, part.position?.start.offset ?? 0, part.position?.end.offset ?? 0)
    else nodes.push(part)
  }
  return nodes
}

function addText(parts: Part[], value: string, start: number, end: number): void {
  const before = parts.at(-1)
  if (before?.type === 'text' && before.position !== undefined) {
    before.value += value
    before.position.end.offset = end
  } else parts.push({ type: 'text', value, position: placeOf(start, end) })
}

/** A place by its offsets; lines and columns of nodes are not kept. */
export function placeOf(start: number, end: number) {
  return { start: { line: 1, column: 1, offset: start }, end: { line: 1, column: 1, offset: end } }
}
