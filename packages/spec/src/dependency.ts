import type { Entry } from './entry.ts'
import type { FoundPhase } from './find-phases.ts'
import type { Findings, Span } from './findings.ts'

/** What a phase's dependency fields say. */
export type Declared =
  | { readonly form: 'absent' }
  /** `None`, `Independent`. */
  | { readonly form: 'none' }
  | { readonly form: 'ids'; readonly ids: readonly { readonly id: string; readonly span: Span }[] }
  /** Words, but no phase among them. */
  | { readonly form: 'unclear'; readonly span: Span }

const NONE =
  /^(?:[-–—]+$|n\/?a\b|no(?:ne|thing|t applicable)?\b|nil\b|null\b|independent\b|can (?:start|begin) (?:immediately|now|at once)|start(?:s)? immediately|first phase\b|ø|∅)/i
const KIND = '(?:phase|step|stage|milestone|work ?stream|work ?package)'
const TOKEN = '(?:\\d+(?:\\.\\d+)*[a-z]?|[A-Za-z]{1,5}[-_]?\\d+(?:\\.\\d+)*|[IVX]{2,5}|[A-Z])'
const NOT_LETTER = '(?![\\p{L}\\p{N}_])'
const KINDED = new RegExp(`${KIND}s?\\s+#?(${TOKEN})${NOT_LETTER}`, 'iu')
const NEXT = new RegExp(
  `^\\s*(,\\s*and\\b|,\\s*or\\b|,|;|\\+|&|/|and\\b|plus\\b|or\\b|-|–|—|\\.\\.\\.?|to\\b|through\\b|thru\\b|until\\b)\\s*(?:${KIND}s?\\s+)?#?(${TOKEN})${NOT_LETTER}(?!\\s*(?:weeks?|days?|hours?|months?|%|points?)\\b)`,
  'iu',
)
const STOP =
  /(?:[.;](?=\s|$)|(?<=\s)(?:but|before|blocks|unblocks|enables|required (?:by|for)|so that|in parallel|parallel|independent of|not|except|unless|if|can run|may run)\b)/i

/** Reads dependency fields. Only a number or letter behind `Phase(s)`, or an id that the spec declares, counts. */
export function readDependencies(entries: readonly Entry[], phases: readonly FoundPhase[], index: number): Declared {
  if (entries.length === 0) return { form: 'absent' }
  const known = new Map(phases.map((phase) => [phase.id, phase.id]))
  const ids: { id: string; span: Span }[] = []
  let none = false
  let words: Span | undefined
  for (const entry of entries.flatMap(withChildren)) {
    const span = { start: entry.start, end: entry.end }
    const text = entry.text.replaceAll('`', '').trim()
    const bare = text.replace(/\([^()]*\)|\[[^[\]]*\](?!\()/g, ' ').trim()
    if (bare === '' ? NONE.test(text.replace(/^[([]\s*/, '')) : NONE.test(bare)) {
      none = true
      continue
    }
    const found = idsIn(bare, known, phases, index)
    const all = found.length > 0 ? found : idsIn(text.replace(/[()[\]"']/g, ' ').trim(), known, phases, index)
    for (const id of all) if (!ids.some((other) => other.id === id)) ids.push({ id, span })
    if (all.length === 0 && text !== '') words = span
  }
  if (ids.length > 0) return { form: 'ids', ids }
  if (none) return { form: 'none' }
  return words === undefined ? { form: 'absent' } : { form: 'unclear', span: words }
}

function withChildren(entry: Entry): readonly Entry[] {
  return [entry, ...(entry.children ?? []).flatMap(withChildren)]
}

function idsIn(
  text: string,
  known: ReadonlyMap<string, string>,
  phases: readonly FoundPhase[],
  index: number,
): readonly string[] {
  const clause = text.split(STOP)[0] ?? ''
  const ids: string[] = []
  let rest = clause
  if (/^(?:all|every|each)\b.*\b(?:previous|prior|preceding|earlier|other|above)\b/i.test(clause))
    return phases.slice(0, index).map(({ id }) => id)
  if (/^(?:the )?(?:previous|prior|preceding) (?:phase|step|stage|milestone|work ?package)\b/i.test(clause)) {
    return phases.slice(Math.max(0, index - 1), index).map(({ id }) => id)
  }
  for (;;) {
    const match = rest.match(KINDED) ?? undefined
    const token = declaredToken(rest, known, rest === clause)
    const first =
      match !== undefined && (token === undefined || (match.index ?? 0) <= token.at)
        ? { id: match[1] ?? '', end: (match.index ?? 0) + match[0].length }
        : token
    if (first === undefined) return ids
    let last = resolve(first.id, known)
    ids.push(last)
    rest = rest.slice(first.end)
    for (let next = rest.match(NEXT); next !== null; next = rest.match(NEXT)) {
      const id = resolve(next[2] ?? '', known)
      const kinded = new RegExp(KIND, 'i').test(next[0])
      // `Phase 1 - 3 services are up`: behind a plain separator only a declared id or a further "Phase" counts.
      if (!known.has(id) && !kinded && !/^\s*(?:,|&|and\b|-|–|to\b|through\b)/i.test(next[0])) break
      if (!known.has(id) && !kinded && /[A-Za-z]/.test(id)) break
      if (/^\s*(?:-|–|—|\.\.|to\b|through\b|thru\b|until\b)/i.test(next[0])) ids.push(...between(last, id, phases))
      ids.push(id)
      last = id
      rest = rest.slice(next[0].length)
    }
  }
}

/** A declared id that stands without the word "Phase": alone or in a list of ids at the beginning, or (with letters and digits: `WP01`) anywhere. */
function declaredToken(
  text: string,
  known: ReadonlyMap<string, string>,
  atStart: boolean,
): { id: string; at: number; end: number } | undefined {
  if (atStart) {
    const lead = text.match(new RegExp(`^\\W*(${TOKEN})(?=\\s*(?:$|[,;&+/–—-]|and\\b|or\\b|to\\b|through\\b))`, 'u'))
    const id = lead === null ? undefined : (known.get(lead[1] ?? '') ?? (isIdList(text, known) ? lead[1] : undefined))
    if (lead !== null && id !== undefined)
      return { id, at: lead[0].length - (lead[1] ?? '').length, end: lead[0].length }
  }
  for (const match of text.matchAll(/[A-Za-z]{1,5}[-_]?\d+(?:\.\d+)*(?![\p{L}\p{N}_])/gu)) {
    const before = text[match.index - 1] ?? ' '
    const id = known.get(match[0])
    if (id !== undefined && !/[\p{L}\p{N}_/.-]/u.test(before))
      return { id, at: match.index, end: match.index + match[0].length }
  }
  return undefined
}

/** Whether a text is nothing but ids of the shape that the spec's ids have, so that one that is not declared is a mistake and no prose. */
function isIdList(text: string, known: ReadonlyMap<string, string>): boolean {
  const shape = (id: string): string => id.replace(/[\d.]+$/, '').toLowerCase()
  const shapes = new Set([...known.keys()].map(shape))
  return text
    .split(/\s*(?:[,;&+]|\band\b)\s*/)
    .every((part) => /^[A-Za-z]{0,5}\d+(?:\.\d+)*$/.test(part.trim()) && shapes.has(shape(part.trim())))
}

/** The declared spelling of an id: `1` for `01` and `wp1` for `WP1` where the spec declares those alone. */
function resolve(id: string, known: ReadonlyMap<string, string>): string {
  if (known.has(id)) return id
  const loose = (one: string): string => one.toLowerCase().replace(/(?<!\d|\.)0+(?=\d)/g, '')
  const same = [...known.keys()].filter((one) => loose(one) === loose(id))
  return same.length === 1 ? (same[0] ?? id) : id
}

function between(from: string, to: string, phases: readonly FoundPhase[]): readonly string[] {
  const start = phases.findIndex(({ id }) => id === from)
  const end = phases.findIndex(({ id }) => id === to)
  if (start >= 0 && end >= 0) return start < end ? phases.slice(start + 1, end).map(({ id }) => id) : []
  const [low, high] = [Number(from), Number(to)]
  if (!Number.isInteger(low) || !Number.isInteger(high) || high - low > 1_000) return []
  return Array.from({ length: Math.max(0, high - low - 1) }, (_, offset) => String(low + 1 + offset))
}

/** Says that a dependency field names no phase. */
export function warnUnclear(findings: Findings, span: Span): void {
  findings.add('unclear-dependency', span, {
    message: 'no phase is named here, so the phase follows the one before it',
    hint: 'write ids, as in "Depends On: Phase 1, Phase 3", or "Depends On: None"',
  })
}
