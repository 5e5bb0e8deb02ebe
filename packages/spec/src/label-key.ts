import { squeeze } from './inline.ts'

/** A label's words as they are compared: lower case, no brackets, emoji, numbering or punctuation. */
export function labelKey(words: string): string {
  return squeeze(
    words
      .toLowerCase()
      .replace(/\([^()]*\)|\[[^[\]]*\]/g, ' ')
      .replace(/&/g, ' and ')
      .replace(/^\s*\d+(?:\.\d+)*[.)]?\s+/, '')
      .replace(/[^\p{L}\p{N}]+/gu, ' '),
  )
}
