/** How a label may be written otherwise and still say the same; words are compared in the form that `labelKey` gives. */

/** Without the plural of each word. */
export function singular(key: string): string {
  return key.replace(/(?<=[a-z]{3})s\b/g, '')
}

const MODIFIERS =
  /^(?:(?:known|potential|possible|main|key|important|common|major|minor|primary|technical|additional|other|remaining|overall|final|the|our|all) )+(?=.)/

/** Without words before it that narrow it and name nothing else: `known risks`. */
export function unmodified(key: string): string {
  return key.replace(MODIFIERS, '')
}

/** Without the name of the phase before it: `phase 1 deliverables`. */
export function withoutPhase(key: string): string {
  return key.replace(/^(?:(?:this )?phase|step|stage|milestone)(?: (?:\d[\d ]*|[a-z]))? (?=[a-z]{2})/, '')
}

/**
 * The parts of a label that names several things, `acceptance criteria / definition of done`; a part of one word also with the last word
 * of all (`success & exit criteria`). Empty for a label that names one.
 */
export function partsOf(words: string): readonly (readonly string[])[] {
  const parts = words.split(/\s*[/&+|]\s*|\s+(?:and|or)\s+/i).filter((part) => part !== '')
  if (parts.length < 2 || parts.length > 4) return []
  const tail = parts.at(-1)?.split(/\s+/).at(-1) ?? ''
  return parts.map((part) => (/\s/.test(part) ? [part] : [part, `${part} ${tail}`]))
}
