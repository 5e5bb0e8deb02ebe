import type { Span } from './findings.ts'

/** Runs of emphasis that are read in a paragraph; with more, all of them are kept as written. */
export const MOST_EMPHASIS = 1_000

/** A text is refused, because reading it would take far longer than its length explains. */
export class TooComplex extends Error {
  override readonly name = 'TooComplex'
  readonly span: Span
  /** What there is too much of, and what to do about it. */
  readonly hint: string

  constructor(message: string, hint: string, span: Span) {
    super(message)
    this.span = span
    this.hint = hint
  }
}

// What the parser takes beyond the time that grows with the length of a text, in milliseconds. Measured on one core.
/** For the square of the marks of a paragraph: each is searched for its partner. */
const PER_MARK = 9e-6
/** The same for marks of emphasis, of two kinds by turns, on top of that. */
const PER_EMPHASIS = 1.5e-5
/** For each `](` and character of its paragraph: much of it is searched for the end. */
const PER_LINK = 1.5e-5
/** The same for `<!` and `<?`. */
const PER_OPENING = 5e-5
/** For each quote or list that a line opens beyond the first three. */
const PER_LEVEL = 0.15
/** For the square of a line's depth. */
const PER_DEPTH = 6e-4
/** For the square of a piece's length. */
const PER_PIECE = 8e-9

/** How much of that a text may take: a second, and half of one for each further million characters. */
const LIMIT = 1_000
const LIMIT_PER_CHARACTER = 5e-4

const DEEPEST = 1_000

const CONTAINERS = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))+/
const MARKS = /[`[\]<&!\\|]/g
const EMPHASIS = /[*_~]/g
const OPENINGS = /<[!?]/g
const LINKS = /\]\(/g

type Cause = 'marks' | 'levels' | 'length'

const WHY: Readonly<Record<Cause, readonly [message: string, hint: string]>> = {
  marks: [
    'this paragraph or table holds too many marks to be read',
    'split it with blank lines, or put what is no prose into a fence',
  ],
  levels: ['the text nests too deeply to be read', 'take lists and quotes out of each other from here on'],
  length: [
    'this block is too long to be read as one',
    'split it with headings or blank lines, or put what is no prose into a fence',
  ],
}

/** Adds up what the parser was given, and refuses what would take too long before it is read. */
export class Spent {
  #left: number

  constructor(length: number) {
    this.#left = LIMIT + Math.max(0, length - 1_000_000) * LIMIT_PER_CHARACTER
  }

  /** Counts a text that begins at `start` of the whole. Throws `TooComplex` at what costs most in it once too much was counted. */
  add(text: string, start: number): void {
    const spent: Record<Cause, { total: number; most: number; at: number }> = {
      length: { total: text.length * text.length * PER_PIECE, most: 0, at: 0 },
      levels: { total: 0, most: 0, at: 0 },
      marks: { total: 0, most: 0, at: 0 },
    }
    const count = (cost: number, cause: Cause, at: number): void => {
      const sum = spent[cause]
      sum.total += cost
      if (cost <= sum.most) return
      sum.most = cost
      sum.at = at
    }
    let paragraph = 0
    for (let at = 0; at <= text.length; ) {
      const found = text.indexOf('\n', at)
      const end = found < 0 ? text.length : found
      const line = text.slice(at, end)
      const levels = levelsOf(line)
      if (levels.opened > DEEPEST) throw refusal('levels', start + at)
      count(levelCost(levels), 'levels', at)
      if (levels.blank) {
        count(paragraphCost(text.slice(paragraph, at)), 'marks', paragraph)
        paragraph = end + 1
      }
      at = end + 1
    }
    count(paragraphCost(text.slice(paragraph)), 'marks', paragraph)
    this.#left -= spent.length.total + spent.levels.total + spent.marks.total
    if (this.#left >= 0) return
    const [worst] = (['levels', 'marks', 'length'] as const).toSorted((x, y) => spent[y].total - spent[x].total)
    throw refusal(worst ?? 'length', start + spent[worst ?? 'length'].at)
  }
}

function refusal(cause: Cause, at: number): TooComplex {
  const [message, hint] = WHY[cause]
  return new TooComplex(message, hint, { start: at, end: at + 1 })
}

interface Levels {
  /** How many quotes and lists the line opens, and how many it is in at most. */
  readonly opened: number
  readonly depth: number
  /** It holds nothing else. */
  readonly blank: boolean
}

function levelsOf(line: string): Levels {
  const containers = CONTAINERS.exec(line)?.[0] ?? ''
  const opened = containers.replace(/[ \t.)\d]+/g, (part) => (/[.)]/.test(part) ? '.' : '')).length
  const indent = Math.max(0, line.search(/[^ \t]/))
  return { opened, depth: opened + indent / 2, blank: line.slice(containers.length).trim() === '' }
}

function levelCost({ opened, depth }: Levels): number {
  return Math.max(0, opened - 3) * PER_LEVEL + (depth > 8 ? depth * depth * PER_DEPTH : 0)
}

function paragraphCost(text: string): number {
  const openings = text.match(OPENINGS)?.length ?? 0
  const emphasis = text.match(EMPHASIS)?.length ?? 0
  // With more than that, the parser does not look for emphasis at all.
  const paired = emphasis > MOST_EMPHASIS ? 0 : emphasis
  const marks = (text.match(MARKS)?.length ?? 0) + paired
  const links = text.match(LINKS)?.length ?? 0
  const searches = text.length * (openings * PER_OPENING + links * PER_LINK)
  return searches + (marks > 100 ? marks * marks * PER_MARK + paired * paired * PER_EMPHASIS : 0)
}
