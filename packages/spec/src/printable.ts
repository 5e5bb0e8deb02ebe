// Controls, format characters (marks of direction among them), line separators, lone surrogates, and what fonts draw as nothing.
// U+FE0E and U+FE0F only choose between a text and an emoji form; a zero-width joiner is drawn where it joins two emoji.
const HIDDEN =
  /(?![\ufe0e\ufe0f])(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?(?=\u200d\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const EACH_HIDDEN = new RegExp(HIDDEN, 'gu')

/**
 * Text that cannot steer a terminal and hides nothing: every control character but line feed and tab, every mark of direction and
 * every other invisible character is written out, as `\x1b`, `\u202e` or `\u{e0041}`. A carriage return before a line feed is dropped.
 * Idempotent.
 */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(EACH_HIDDEN, (one) => (one === '\n' || one === '\t' ? one : escaped(one)))
}

/** Like `printable`, for one line of a list, a table or a label: line feeds and tabs are written out, too. */
export function printableLine(text: string): string {
  return text.replace(EACH_HIDDEN, (one) => (one === '\n' ? '\\n' : one === '\t' ? '\\t' : escaped(one)))
}

/** Whether a text holds a character that a reader does not see, line feeds and tabs apart. */
export function hidesCharacters(text: string): boolean {
  return HIDDEN.test(text.replace(/[\n\t]/g, ''))
}

/** A value as JSON (on one line with `indent` 0) that cannot steer a terminal: what is hidden is written as JSON's own `\\u` escapes. */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(EACH_HIDDEN, (one) => (one === '\n' ? one : jsonEscaped(one)))
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')
}

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}
