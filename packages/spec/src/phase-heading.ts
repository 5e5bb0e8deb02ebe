import { numberWord, plainDigits } from './number-word.ts'

/** The words that make a heading a phase's, strongest first: where a spec uses several, the strongest names its phases. */
export const PHASE_KINDS = ['phase', 'work package', 'stage', 'milestone', 'workstream', 'step'] as const
export type PhaseKind = (typeof PHASE_KINDS)[number]

/** What a heading (or a list item's first words) says about a phase. */
export type PhaseHeading =
  | {
      readonly form: 'phase'
      readonly kind: PhaseKind
      readonly id: string
      readonly title: string
      readonly notes: readonly string[]
    }
  /** `Phase 2 Printer`: an id and words, but no separator between them. */
  | {
      readonly form: 'loose'
      readonly kind: PhaseKind
      readonly id: string
      readonly title: string
      readonly notes: readonly string[]
    }
  /** `Phase 2`: an id, but neither separator nor title. */
  | { readonly form: 'bare'; readonly kind: PhaseKind; readonly id: string; readonly notes: readonly string[] }
  /** `Phase 2-5: …`: several at once. */
  | { readonly form: 'range'; readonly kind: PhaseKind; readonly text: string }

const KIND = /^(phase|step|stage|milestone|work ?stream|work ?package)\s+(?:#|no\.?\s*)?/i
const ID = /^(?:\d+(?:\.\d+)*[a-z]?|[a-z]{1,5}[-_]?\d+(?:\.\d+)*[a-z]?|[ivx]{2,5}|[a-z])(?![\p{L}\p{N}_])/iu
const RANGE =
  /^\s*(?:[-–—&+,]|to\b|and\b|through\b)\s*(?:(?:phase|step|stage|milestone)s?\s+)?(?:\d+(?:\.\d+)*|[a-z]{1,5}\d+|[a-z])(?![\p{L}\p{N}])/iu
const NOTE = /^\s*(\([^()]*\)|\[[^[\]]*\]|\{[^{}]*\}|(?:of|\/)\s*\d+(?![\p{L}\p{N}.]))/u
const SEPARATOR = /^\s*(?:[:：]|[—–―]|--+|-(?=\s)|\.(?=\s)|\)(?=\s)|→|\|)\s*/
const PICTURES = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{fe0f}|\u{200d}|\u{20e3}|[✓✔✗✘☐☑☒●○◐])+/gu

/**
 * Reads a heading's words as `<kind> <id> <separator> <title>`. Undefined when they are none: `Phase Details`, `Phase [N]: …`.
 * Brackets, emoji, status words and estimates leave the title and become notes.
 */
export function readPhaseHeading(words: string): PhaseHeading | undefined {
  const notes: string[] = []
  const take = (note: string): void => {
    const text = note.replace(/^[([{]\s*|\s*[)\]}]$/g, '').trim()
    if (text !== '') notes.push(text)
  }
  let rest = words.replace(PICTURES, (picture) => {
    take(picture)
    return ' '
  })
  rest = rest.replace(/^\s*\[[ x~/-]?\]\s*/i, '').trim()
  rest = rest.replace(/^(?:\(?(?:\d+(?:\.\d+)*|[ivx]+|[a-z])[.):]+|\d+(?:\.\d+)+)\s+/i, '')
  const status = rest.match(/^(?:\[([^[\]]*)\]|\(([^()]*)\))\s*/)
  if (status !== null) {
    take(status[0].trim())
    rest = rest.slice(status[0].length)
  }
  const kindMatch = rest.match(KIND)
  if (kindMatch === null) return undefined
  const kind = kindOf(kindMatch[1] ?? '')
  rest = rest.slice(kindMatch[0].length)
  rest = rest.replace(/^[\d.\uff10-\uff19]+/, plainDigits)
  const number = numberWord(rest)
  const id = number?.digits ?? rest.match(ID)?.[0]
  if (id === undefined) return undefined
  rest = rest.slice((number?.word ?? id).length)
  if (RANGE.test(rest) && !/^\s+[-–—]\s/.test(rest)) return { form: 'range', kind, text: words }
  for (let note = rest.match(NOTE); note !== null; note = rest.match(NOTE)) {
    take(note[1] ?? '')
    rest = rest.slice(note[0].length)
  }
  const separator = rest.match(SEPARATOR)
  if (separator === null) {
    if (rest.trim() === '') return { form: 'bare', kind, id, notes }
    if (!/^\s+\S/.test(rest) || (number === undefined && !/\d|^[A-Z]+$/.test(id))) return undefined
    return { form: 'loose', kind, id, title: cleanTitle(rest, take), notes }
  }
  const title = cleanTitle(rest.slice(separator[0].length), take)
  return title === '' ? { form: 'bare', kind, id, notes } : { form: 'phase', kind, id, title, notes }
}

function kindOf(word: string): PhaseKind {
  const plain = word.toLowerCase().replace(/\s+/g, ' ')
  if (plain.startsWith('work')) return plain.endsWith('package') ? 'work package' : 'workstream'
  return PHASE_KINDS.find((kind) => kind === plain) ?? 'phase'
}

const STATUS =
  '\\d{1,3} ?% ?(?:done|completed?)?|completed?|done|shipped|finished|merged|in[ -]progress|in[ -]review|not[ -]started|started|pending|planned|todo|to do|wip|blocked|deferred|skipped|cancelled|canceled|on hold|current|next|upcoming|ready|optional|mvp|tbd|inserted'
const UNIT = '(?:minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|sprints?|story points?|points?|pts?|sp)'
const NUMBER = '~?≈?\\d+(?:[.,]\\d+)?(?:\\s*(?:-|–|to)\\s*\\d+(?:[.,]\\d+)?)?\\+?'
const ESTIMATE = `(?:(?:est(?:imated?|\\.)?|estimate|effort|duration|time|timeline|eta)\\s*:?\\s*)?(?:${NUMBER}\\s*${UNIT}|(?:weeks?|days?|months?|sprints?|q)\\s*${NUMBER})`
const TAIL_BRACKET = /\s*(\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^[\]]*\]|\{[^{}]*\})\s*[.:]?$/
const TAIL_AFTER_DASH = new RegExp(
  `\\s*(?:[-–—|:,;]|--)\\s*((?:status\\s*:\\s*)?(?:${STATUS})|${ESTIMATE}|priority\\s*:?\\s*\\S+)\\s*$`,
  'i',
)
const TAIL_SHOUT =
  /(?:\s+|^)(COMPLETED?|DONE|SHIPPED|FINISHED|IN[ -]PROGRESS|NOT STARTED|PENDING|PLANNED|TODO|WIP|BLOCKED|DEFERRED|OPTIONAL|MVP|INSERTED)$/

/** A title without what follows it: brackets, status, estimates. A title that would become empty is kept. */
function cleanTitle(raw: string, take: (note: string) => void): string {
  let title = raw.replace(/\s+/g, ' ').trim()
  for (;;) {
    const tail = title.match(TAIL_BRACKET) ?? title.match(TAIL_AFTER_DASH) ?? title.match(TAIL_SHOUT)
    const cut = tail === null ? title : title.slice(0, tail.index).trim()
    if (tail === null || cut === '') break
    take(tail[1] ?? '')
    title = cut
  }
  return title
    .replace(/\s*[:：—–-]$/, '')
    .replace(/\s+([,;:.!?])/g, '$1')
    .trim()
}
