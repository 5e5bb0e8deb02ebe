import type { RootContent } from 'mdast'

/** An HTML element whose content the rendered page hides, folds away or strikes out, and how many of its name are open. */
export interface HidingElement {
  readonly name: string
  readonly depth: number
}

const HIDING = /^(?:details|template|script|style|noscript|title|del|s|strike|dialog)$/
const HIDING_ATTRIBUTE =
  /(?:^|\s)hidden(?:\s*=|\s|\/?$)|\bstyle\s*=[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i
const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi

/** The hiding element that is open after a piece of HTML; undefined where the page shows what follows. */
export function hidingBehind(html: string, before: HidingElement | undefined): HidingElement | undefined {
  let open = before
  // HTML blocks may break off inside a tag; `<details` at the end counts.
  const shown = `${html.replace(/<!--[\s\S]*?(?:-->|$)/g, '')}>`
  for (const [, slash, tag = '', attributes = ''] of shown.matchAll(TAG)) {
    const name = tag.toLowerCase()
    if (open === undefined) {
      if (slash === '' && (HIDING.test(name) || HIDING_ATTRIBUTE.test(attributes))) open = { name, depth: 1 }
    } else if (name === open.name) {
      const depth: number = open.depth + (slash === '' ? 1 : -1)
      open = depth === 0 ? undefined : { name, depth }
    }
  }
  return open
}

/** The blocks of a list item that the page shows. */
export function shownBlocks<Node extends RootContent>(blocks: readonly Node[]): readonly Node[] {
  let open: HidingElement | undefined
  return blocks.filter((block) => {
    const hidden = open !== undefined
    if (block.type === 'html') open = hidingBehind(block.value, open)
    return !hidden && open === undefined
  })
}

// Tags that change how their content looks and nothing else.
const PLAIN = /^<\/?(?:b|strong|i|em|u|code|kbd|samp|tt|mark|small|big|sub|sup|wbr|br)\s*\/?>$/i
const VOID = /^<(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b/i

/** How many elements that may hide their content are open after an inline tag. */
export function elementsBehind(tag: string, before: number): number {
  if (/^<[!?]/.test(tag) || PLAIN.test(tag) || VOID.test(tag) || /\/>$/.test(tag)) return before
  return tag.startsWith('</') ? Math.max(0, before - 1) : before + 1
}
