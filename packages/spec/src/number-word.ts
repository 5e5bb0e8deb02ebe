const WORDS =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  )
const WORD = new RegExp(`^(${WORDS.toReversed().join('|')})(?![\\p{L}\\p{N}_-])`, 'iu')
const NUMBERED = new RegExp(
  `((?:phase|step|stage|milestone|work ?stream|work ?package)s?\\s+)(${WORDS.toReversed().join('|')})(?![\\p{L}\\p{N}_-])`,
  'giu',
)

/** A number word at the beginning of a text, with the digits for it. */
export function numberWord(text: string): { readonly word: string; readonly digits: string } | undefined {
  const word = WORD.exec(text)?.[1]
  return word === undefined ? undefined : { word, digits: digitsOf(word) }
}

/** A text whose phases are named by digits: `Phase two` and `Phase ２` are `Phase 2`. */
export function withDigits(text: string): string {
  return plainDigits(text).replace(NUMBERED, (_, kind: string, word: string) => kind + digitsOf(word))
}

/** Full-width digits as ASCII; the text keeps its length. */
export function plainDigits(text: string): string {
  return text.replace(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
}

function digitsOf(word: string): string {
  return String(WORDS.indexOf(word.toLowerCase()) + 1)
}
