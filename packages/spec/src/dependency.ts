import type { Entry } from './entry.ts'
import type { Findings, Span } from './findings.ts'
import type { FoundPhase } from './found-phase.ts'
import { withDigits } from './number-word.ts'

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

/** The ids that a spec declares, ready to be looked up. */
export interface DeclaredIds {
  readonly phases: readonly FoundPhase[]
  /** The position of an id among the phases. */
  readonly at: ReadonlyMap<string, number>
  /** Ids by their loose form; undefined where several share it. */
  readonly loose: ReadonlyMap<string, string | undefined>
  /** The prefix before the numbers of the ids: nothing, or letters such as `wp`. */
  readonly shapes: ReadonlySet<string>
}

/** Prepares the ids of a spec's phases. */
export function declaredIds(phases: readonly FoundPhase[]): DeclaredIds {
  const loose = new Map<string, string | undefined>()
  for (const { id } of phases) loose.set(looseForm(id), loose.has(looseForm(id)) ? undefined : id)
  return {
    phases,
    at: new Map(phases.map(({ id }, index) => [id, index])),
    loose,
    shapes: new Set(phases.map(({ id }) => shapeOf(id))),
  }
}

function looseForm(id: string): string {
  return id.toLowerCase().replace(/(?<!\d|\.)0+(?=\d)/g, '')
}

function shapeOf(id: string): string {
  return id.replace(/[\d.]+$/, '').toLowerCase()
}

/** Reads dependency fields. Only a number or letter after `Phase(s)`, or an id that the spec declares, counts. */
export function readDependencies(entries: readonly Entry[], known: DeclaredIds, index: number): Declared {
  if (entries.length === 0) return { form: 'absent' }
  const ids = new Map<string, Span>()
  let none = false
  let words: Span | undefined
  for (const entry of entries.flatMap(withChildren)) {
    const span = { start: entry.start, end: entry.end }
    const text = withDigits(entry.text.replaceAll('`', '').trim())
    const bare = text.replace(/\([^()]*\)|\[[^[\]]*\](?!\()/g, ' ').trim()
    if (bare === '' ? NONE.test(text.replace(/^[([]\s*/, '')) : NONE.test(bare)) {
      none = true
      continue
    }
    const found = idsIn(bare, known, index)
    const all = found.length > 0 ? found : idsIn(text.replace(/[()[\]"']/g, ' ').trim(), known, index)
    for (const id of all) if (!ids.has(id)) ids.set(id, span)
    if (all.length === 0 && text !== '') words = span
  }
  if (ids.size > 0) return { form: 'ids', ids: [...ids].map(([id, span]) => ({ id, span })) }
  if (none) return { form: 'none' }
  return words === undefined ? { form: 'absent' } : { form: 'unclear', span: words }
}

function withChildren(entry: Entry): readonly Entry[] {
  return [entry, ...(entry.children ?? []).flatMap(withChildren)]
}

function idsIn(text: string, known: DeclaredIds, index: number): readonly string[] {
  const clause = text.split(STOP)[0] ?? ''
  const ids: string[] = []
  let rest = clause
  if (/^(?:all|every|each)\b.*\b(?:previous|prior|preceding|earlier|other|above)\b/i.test(clause))
    return known.phases.slice(0, index).map(({ id }) => id)
  if (/^(?:the )?(?:previous|prior|preceding) (?:phase|step|stage|milestone|work ?package)\b/i.test(clause)) {
    return known.phases.slice(Math.max(0, index - 1), index).map(({ id }) => id)
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
      // `Phase 1 - 3 services are up`: after a plain separator only a declared id or a further "Phase" counts.
      if (!known.at.has(id) && !kinded && !/^\s*(?:,|&|and\b|-|–|to\b|through\b)/i.test(next[0])) break
      if (!known.at.has(id) && !kinded && /[A-Za-z]/.test(id)) break
      if (/^\s*(?:-|–|—|\.\.|to\b|through\b|thru\b|until\b)/i.test(next[0])) ids.push(...between(last, id, known))
      ids.push(id)
      last = id
      rest = rest.slice(next[0].length)
    }
  }
}

/** A declared id without the word "Phase": alone or in a list of ids at the beginning, or (with letters and digits: `WP01`) anywhere. */
function declaredToken(
  text: string,
  known: DeclaredIds,
  atStart: boolean,
): { id: string; at: number; end: number } | undefined {
  if (atStart) {
    const lead = text.match(new RegExp(`^\\W*(${TOKEN})(?=\\s*(?:$|[,;&+/–—-]|and\\b|or\\b|to\\b|through\\b))`, 'u'))
    const id = lead === null ? undefined : known.at.has(lead[1] ?? '') || isIdList(text, known) ? lead[1] : undefined
    if (lead !== null && id !== undefined)
      return { id, at: lead[0].length - (lead[1] ?? '').length, end: lead[0].length }
  }
  for (const match of text.matchAll(/[A-Za-z]{1,5}[-_]?\d+(?:\.\d+)*(?![\p{L}\p{N}_])/gu)) {
    const before = text[match.index - 1] ?? ' '
    const id = known.at.has(match[0]) ? match[0] : undefined
    if (id !== undefined && !/[\p{L}\p{N}_/.-]/u.test(before))
      return { id, at: match.index, end: match.index + match[0].length }
  }
  return undefined
}

/** Whether a text is nothing but ids of the shape that the spec's ids have, so that one that is not declared is a mistake and no prose. */
function isIdList(text: string, known: DeclaredIds): boolean {
  return text
    .split(/\s*(?:[,;&+]|\band\b)\s*/)
    .every((part) => /^[A-Za-z]{0,5}\d+(?:\.\d+)*$/.test(part.trim()) && known.shapes.has(shapeOf(part.trim())))
}

/** The declared spelling of an id: `1` for `01` and `wp1` for `WP1` where the spec declares those alone. */
function resolve(id: string, known: DeclaredIds): string {
  return known.at.has(id) ? id : (known.loose.get(looseForm(id)) ?? id)
}

function between(from: string, to: string, known: DeclaredIds): readonly string[] {
  const start = known.at.get(from) ?? -1
  const end = known.at.get(to) ?? -1
  if (start >= 0 && end >= 0) return start < end ? known.phases.slice(start + 1, end).map(({ id }) => id) : []
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
