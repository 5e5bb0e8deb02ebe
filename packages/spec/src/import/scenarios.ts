import type { Item, Piece } from './document.ts'
import { labelIn } from './label-words.ts'

const CLAUSE = /^(?:[-*]\s+)?(?:\*\*|__|\*)?(Given|When|Then|And|But)\b/i

/**
 * Acceptance criteria: every Given … Then is one criterion (`And` continues it), every other item of a list is one, and so is a
 * paragraph. A paragraph that ends with a colon only introduces what follows; it is returned as text.
 */
export function criteriaIn(pieces: readonly Piece[]): {
  readonly criteria: readonly string[]
  readonly text: readonly string[]
} {
  const criteria: string[] = []
  const text: string[] = []
  let scenario: string[] = []
  const flush = (): void => {
    if (scenario.length > 0) criteria.push(scenario.join(' '))
    scenario = []
  }
  const clause = (line: string): void => {
    const word = line.match(CLAUSE)?.[1]?.toLowerCase()
    const first = scenario[0]?.match(CLAUSE)?.[1]?.toLowerCase()
    const hasThen = scenario.some((one) => /^\W*then\b/i.test(one))
    if (word === 'given' ? hasThen : word === 'when' && hasThen && first === 'when') flush()
    scenario.push(line.replace(/^[-*]\s+/, ''))
  }
  const line = (raw: string): boolean => {
    const said = raw.trim()
    if (said === '') return true
    if (CLAUSE.test(said)) clause(said)
    else if (scenario.length > 0 && labelIn(said) === undefined) scenario.push(said)
    else return false
    return true
  }
  for (const piece of pieces) {
    if (piece.kind === 'list') {
      for (const item of piece.items) {
        if (!isWhole(item) && CLAUSE.test(item.text)) {
          clause(item.text)
          for (const nested of clausesBelow(item)) clause(nested)
          continue
        }
        flush()
        criteria.push(item.pieces.length === 0 ? item.text : joined(item))
      }
    } else if (piece.kind === 'fence' && /^\s*(?:Given|When)\b/im.test(piece.value)) {
      for (const raw of piece.value.split('\n')) {
        if (/^\s*(?:Feature|Scenario)\b/i.test(raw)) flush()
        else line(raw)
      }
    } else if (piece.kind === 'text') {
      const rest = piece.raw.split('\n').filter((raw) => !line(raw))
      if (rest.length === 0) continue
      flush()
      const said = rest.map((raw) => raw.trim()).join(' ')
      if (/[:：]$/.test(said) || /^(?:#|\*\*[^*]+\*\*$)/.test(said)) text.push(said)
      else criteria.push(said)
    } else {
      flush()
      text.push(piece.raw)
    }
  }
  flush()
  return { criteria, text }
}

/** An item that holds a whole scenario. */
function isWhole({ text }: Item): boolean {
  return /\bthen\b/i.test(text) && /\b(?:given|when)\b/i.test(text)
}

function clausesBelow({ pieces }: Item): readonly string[] {
  return pieces.flatMap((piece) => (piece.kind === 'list' ? piece.items.map(({ text }) => text) : [piece.raw]))
}

/** An item with clauses below it, as one sentence; with anything else below it, as it is. */
function joined(item: Item): string {
  const below = clausesBelow(item)
  return below.every((one) => CLAUSE.test(one)) ? [item.text, ...below].join(' ') : `${item.text}\n${item.below}`
}
