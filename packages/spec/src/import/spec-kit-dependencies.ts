import type { Piece } from './document.ts'
import { itemsIn } from './labels.ts'

interface Named {
  readonly id: string
  readonly title: string
}

/**
 * What a section such as "Phase Dependencies" says about phases, by id: an item names phases before its colon and what they depend on
 * behind it. A phase that no item names is not in the result.
 */
export function dependenciesIn(
  pieces: readonly Piece[],
  phases: readonly Named[],
): ReadonlyMap<string, readonly string[]> {
  const declared = new Map<string, Set<string>>()
  let inside = false
  for (const piece of pieces) {
    if (piece.kind === 'heading') inside = /\bdependenc(?:y|ies)\b/i.test(piece.words)
    if (!inside || piece.kind !== 'list') continue
    for (const { text } of itemsIn([piece])) {
      const cut = text.match(/^(?:\*\*)?(.+?)(?:\*\*)?\s*(?::\*\*|:)\s*(.+)$/s)
      if (cut === null) continue
      const subjects = phasesNamed(cut[1] ?? '', phases)
      const clause = clauseOf(cut[2] ?? '')
      if (clause === undefined) continue
      for (const { id } of subjects) {
        const known = declared.get(id) ?? new Set()
        for (const parent of phasesNamed(clause, phases)) if (parent.id !== id) known.add(parent.id)
        declared.set(id, known)
      }
    }
  }
  return new Map(
    [...declared].map(([id, parents]) => [id, phases.filter((one) => parents.has(one.id)).map((one) => one.id)]),
  )
}

/** The words that say what is depended on; empty for "no dependencies", undefined where nothing is said. */
function clauseOf(said: string): string | undefined {
  const first = said.split(/\s[-–—]\s|;|\.(?=\s|$)/)[0] ?? ''
  const after = first.match(/\b(?:depends?(?:\s+up)?\s+on|after|requires?|needs?|blocked by|builds on|follows)\b(.*)$/i)
  if (after !== null) return after[1] ?? ''
  return /^\W*(?:no(?:ne| dependenc| other)|independent|can (?:start|begin) (?:immediately|at once))/i.test(first)
    ? ''
    : undefined
}

/** The phases that some words name: by number, by user story, by title, or all of a kind. */
function phasesNamed(words: string, phases: readonly Named[]): readonly Named[] {
  const found = new Set<Named>()
  const add = (accepts: (one: Named, index: number) => boolean): void => {
    phases.forEach((one, index) => {
      if (accepts(one, index)) found.add(one)
    })
  }
  for (const [, from = '', to, open] of words.matchAll(
    /\bphases?\s+([\w.]+?)(?:\s*(?:-|–|to)\s*([\w.]+)|(\+))?(?![\w.]*\w)/gi,
  )) {
    const start = phases.findIndex(({ id }) => id.toLowerCase() === from.toLowerCase())
    if (start < 0) continue
    const end = to === undefined ? start : phases.findIndex(({ id }) => id.toLowerCase() === to.toLowerCase())
    if (open !== undefined) add((one, index) => index >= start && isStory(one))
    else add((_, index) => index >= start && index <= Math.max(start, end))
  }
  for (const [, number] of words.matchAll(/\b(?:user stor(?:y|ies)|US)\s*(\d+)\b/gi)) {
    add(({ title }) => new RegExp(`^(?:user story|US)\\s*${number}(?!\\d)`, 'i').test(title))
  }
  if (/\buser stories\b(?!\s*\d)/i.test(words) && !/\bphase\s+\d/i.test(words)) add(isStory)
  if (/\b(?:all|every|each)\s+(?:previous|prior|other|earlier|preceding)\s+phases?\b/i.test(words)) {
    add((_, index) => index < phases.length - 1)
  }
  if (/\bfinal phase\b/i.test(words)) add((_, index) => index === phases.length - 1)
  if (found.size > 0) return [...found]
  add(({ title }) => {
    const name =
      title
        .replace(/[(:–—&].*$/s, '')
        .trim()
        .split(/\s+/)[0] ?? ''
    return name.length > 3 && !/^user$/i.test(name) && new RegExp(`\\b${escaped(name)}\\b`, 'i').test(words)
  })
  return [...found]
}

function isStory({ title }: Named): boolean {
  return /^(?:user story|US)\s*\d/i.test(title)
}

function escaped(words: string): string {
  return words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
