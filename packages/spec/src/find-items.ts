import type { Paragraph } from 'mdast'
import { nearest } from './edit-distance.ts'
import type { Findings } from './findings.ts'
import { type FoundPhase, type PhaseBody, shorten } from './found-phase.ts'
import { linesOf, wordsOf } from './inline.ts'
import type { Block, Outline } from './outline.ts'
import { PHASE_KINDS, readPhaseHeading } from './phase-heading.ts'
import type { SectionRank } from './section-name.ts'

/** Phases as items of a list directly under an implementation section: numbered, or with the phase's name in bold. */
export function findItems(
  outline: Outline,
  ranks: readonly (SectionRank | undefined)[],
  source: string,
  findings: Findings,
): readonly FoundPhase[] {
  const best = Math.max(0, ...ranks.map((rank) => rank ?? 0))
  const found: FoundPhase[] = []
  for (let rank = best; rank > 0 && found.length === 0; rank--) {
    outline.sections.forEach((section, index) => {
      if (ranks[index] !== rank) return
      const next = outline.sections[index + 1]?.from ?? outline.blocks.length
      for (let at = section.from + 1; at < next; at++) {
        const block = outline.blocks[at]
        if (block?.node.type === 'list') found.push(...itemsOf(block, at, source))
      }
    })
  }
  const kinds = new Set(found.map(({ kind }) => kind))
  const kind = PHASE_KINDS.find((one) => kinds.has(one))
  const phases = found.filter((phase) => phase.kind === kind)
  reportBeside(outline, phases, source, findings)
  return phases
}

/** Reports the items among those that are phases which look like one and are none. */
function reportBeside(outline: Outline, phases: readonly FoundPhase[], source: string, findings: Findings): void {
  const items = new Set(phases.map(({ body }) => (body.form === 'item' ? body.item : undefined)))
  const lists = new Set(phases.map(({ body }) => (body.form === 'item' ? body.block : -1)))
  for (const at of lists) {
    const list = outline.blocks[at]?.node
    if (list?.type !== 'list') continue
    for (const item of list.children) {
      const head = item.children[0]
      const line = head?.type === 'paragraph' ? linesOf(head.children, source)[0] : undefined
      if (items.has(item) || line === undefined) continue
      const words = wordsOf(line.inlines)
      const numbered = list.ordered === true || readPhaseHeading(words) !== undefined
      if (!numbered && nearest(/^\p{L}+/u.exec(words)?.[0].toLowerCase() ?? '', PHASE_KINDS) === undefined) continue
      findings.add('unread-phase', line, {
        message: `"${shorten(words)}" looks like a phase and is not read, because it does not begin with its name and number`,
        hint: `write it as the others are, such as "Phase 3: What it builds"`,
      })
    }
  }
}

function itemsOf(block: Block, index: number, source: string): readonly FoundPhase[] {
  if (block.node.type !== 'list') return []
  const ordered = block.node.ordered === true
  return block.node.children.flatMap((item) => {
    const head = item.children[0]
    if (head?.type !== 'paragraph') return []
    const title = itemTitle(head, ordered, source)
    const heading = title === undefined ? undefined : readPhaseHeading(title.words)
    if (title === undefined || heading?.form !== 'phase') return []
    const { kind, id, notes } = heading
    const body: PhaseBody = { form: 'item', item, after: title.end, block: index }
    return [{ kind, id, title: heading.title, notes, span: { start: title.start, end: title.end }, depth: 7, body }]
  })
}

/** The words of an item that may name a phase: its bold beginning, or (in a numbered list) its first line. */
function itemTitle(
  head: Paragraph,
  ordered: boolean,
  source: string,
): { words: string; start: number; end: number } | undefined {
  const whole = linesOf(head.children, source)[0]
  if (whole === undefined) return undefined
  const line = {
    ...whole,
    inlines: whole.inlines.filter(({ kind, unseen }) => kind !== 'image' && unseen !== 'struck'),
  }
  const first = line.inlines.findIndex((inline) => inline.text.trim() !== '')
  const lead = line.inlines[first]
  if (lead === undefined) return undefined
  const pictures = lead.kind === 'text' && !/[\p{L}\p{N}]/u.test(lead.text)
  const from = pictures ? first + 1 : first
  if (line.inlines[from]?.kind === 'mark') {
    let to = from
    while (to < line.inlines.length && line.inlines[to]?.kind !== 'text') to++
    const bold = line.inlines.slice(from, to)
    const rest = line.inlines.slice(to)
    const words = wordsOf(bold)
    const named = readPhaseHeading(words)
    if (named?.form === 'phase') return { words, start: line.start, end: bold.at(-1)?.end ?? line.end }
    // `**Phase 1**: Setup` – the separator and the title follow the bold id.
    if (named?.form === 'bare' && rest.length > 0)
      return { words: `${words}${wordsOf(rest).replace(/^(?=[^:：—–.-])/, ' ')}`, start: line.start, end: line.end }
    return undefined
  }
  return ordered ? { words: wordsOf(line.inlines), start: line.start, end: line.end } : undefined
}
