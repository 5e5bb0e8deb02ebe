import type { Placeholder, PlaceholderKind } from './placeholder.ts'

const marks = ['TODO', 'FIXME', 'XXX', 'HACK'] as const
const anyMark = marks.join('|')
/** What opens a line of a comment. */
const lead = '^[\\s/*#!<@;%"\'-]*'

/** A mark opens the line or has a colon or an owner; elsewhere it is a word that somebody writes about. */
const openingMark = new RegExp(`${lead}\\b(${anyMark})\\b(?![-\\w])(?! (?:list|app|item|comment)s?\\b)`)
const mark = new RegExp(`(?<![-\\w])(${anyMark})(?::|\\(\\w)`)
const unwritten = new RegExp(
  `${lead}(?:(?:this|it) is |\\w+ )?(?:not (?:yet )?implemented(?: yet)?|unimplemented|implement me|implement(?:ed)? later)\\W*$`,
  'i',
)
const stub = new RegExp(
  `${lead}(?:(?:this is |just )?(?:an? )?)(?:stub|placeholder|mock|dummy)(?: (?:implementation|function|method|code|logic|data|response|value|for now))*\\W*$`,
  'i',
)
const admitted =
  /\b(?:this is|just|only) an? (?:temporary )?(?:stub|placeholder|mock|dummy)\b|\b(?:a|the) real implementation (?:would|will|should|goes|needs)\b/i

/** Unfinished work that a comment admits. `line`: where its text starts. */
export function placeholdersInComment(text: string, line: number): readonly Placeholder[] {
  return text.split('\n').flatMap((each, at) => {
    const kind = kindOf(each)
    return kind === undefined ? [] : [{ kind, from: line + at, to: line + at }]
  })
}

function kindOf(line: string): PlaceholderKind | undefined {
  const word = openingMark.exec(line)?.[1] ?? mark.exec(line)?.[1]
  const marked = marks.find((each) => each === word)
  if (marked !== undefined) return marked
  if (unwritten.test(line)) return 'not-implemented'
  return stub.test(line) || admitted.test(line) ? 'stub' : undefined
}
