import type { Item, Piece } from './document.ts'
import { type Draft, pushTask } from './draft.ts'

const NUMBER = /^(?:\*\*)?(\d+(?:\.\d+)*)(?:[.)](?=\s|\*\*)|(?=\s))(?:\*\*)?\s+/

/** The number that an item's text begins with: `1.`, `2.1`, `**3.**`. */
export function numberOf(text: string): { readonly number: string; readonly rest: string } | undefined {
  const match = text.match(NUMBER)
  if (match === null) return undefined
  const rest = text.slice(match[0].length)
  // `**1. Schema**`: the bold that began before the number ends behind the title.
  const isBold = text.startsWith('**') && !match[0].slice(2).includes('**')
  return { number: match[1] ?? '', rest: isBold ? rest.replace('**', '') : rest }
}

/** A numbered item of a check list, and the items numbered below it, wherever they stand. */
export interface Numbered {
  readonly number: string
  readonly title: string
  readonly item: Item
  readonly children: Item[]
}

/** Groups items by their numbers: `2.1` belongs to `2` whether it is indented or not. Others are returned apart. */
export function groupNumbered(items: readonly Item[]): {
  readonly groups: readonly Numbered[]
  readonly others: readonly Item[]
} {
  const groups: Numbered[] = []
  const others: Item[] = []
  for (const item of items) {
    const read = numberOf(item.text)
    const last = groups.at(-1)
    if (read === undefined) others.push(item)
    else if (last !== undefined && read.number.startsWith(`${last.number}.`) && read.number !== `${last.number}.0`) {
      last.children.push(item)
    } else {
      const nested = itemsOf(item.pieces).filter(
        ({ text }) => numberOf(text)?.number.startsWith(`${whole(read.number)}.`) === true,
      )
      groups.push({ number: whole(read.number), title: read.rest, item, children: [...nested] })
    }
  }
  return { groups, others }
}

function whole(number: string): string {
  return number.replace(/\.0$/, '')
}

/** Items of the lists among some blocks. */
export function itemsOf(pieces: readonly Piece[]): readonly Item[] {
  return pieces.flatMap((piece) => (piece.kind === 'list' ? piece.items : []))
}

const REFERENCE = /^(?:_+|\*+)?(?:(?:non-functional )?requirements?|validates|depends|boundary)\b[^:]*:.*$/i

/** Whether an item only refers to requirements: `_Requirements: 1.1_`, `**Validates: Requirements 2**`. */
export function isReference({ text }: Item): boolean {
  return REFERENCE.test(text.trim()) && /^(?:_|\*)/.test(text.trim())
}

/**
 * The tasks of a numbered item: its numbered children, else its own sub-items, else the item itself. What it says beside them is the
 * phase's text. Sub-items without a box are as done as the item.
 */
export function readTasks(draft: Draft, { item, children, title }: Numbered, onTask: (task: Item) => void): void {
  const nested = itemsOf(item.pieces)
  const plain = nested.filter((one) => !children.includes(one))
  const references = plain.filter(isReference)
  const work = plain.filter((one) => !isReference(one))
  const keep = (items: readonly Item[]): void => {
    if (items.length > 0)
      draft.text.push(
        items
          .map((one) => `- ${one.text}${one.below === '' ? '' : `\n  ${one.below.replaceAll('\n', '\n  ')}`}`)
          .join('\n'),
      )
  }
  for (const piece of item.pieces) if (piece.kind !== 'list') draft.text.push(piece.raw)
  const tasks = children.length > 0 ? children : work
  if (children.length > 0) keep(work)
  draft.text.push(...references.map(({ text }) => text))
  for (const task of tasks) {
    const read = task.checked === undefined ? { ...task, checked: item.checked === true } : task
    pushTask(draft, read, undefined)
    onTask(read)
  }
  if (tasks.length === 0) {
    const own = { ...item, text: title, pieces: [], below: '' }
    pushTask(draft, own, undefined)
    onTask(own)
  }
}
