import { placeholdersInComment } from './comments.ts'
import type { Placeholder } from './placeholder.ts'

/** Where a comment starts in the languages that have no syntax of their own here. A sign within a word or a URL starts none. */
const comment = /(?<=^|[\s;{}),])(?:\/\/|\/\*|#(?!\w|!)|--(?=\s)|<!--|;;|%(?=\s))|^\s*\*(?=\s)/
const unwritten =
  /\b(?:todo|unimplemented)!\s*\(|\bnew (?:NotImplementedException|UnsupportedOperationException)\(\s*(?:\)|"(?:not (?:yet )?implemented|todo))/i

/** Unfinished work in a file of any other language, by its lines. */
export function placeholdersInLines(text: string): readonly Placeholder[] {
  return text.split('\n').flatMap((line, at) => {
    const number = at + 1
    if (unwritten.test(line)) return [{ kind: 'not-implemented', from: number, to: number } as const]
    const start = comment.exec(line)
    return start === null ? [] : placeholdersInComment(line.slice(start.index), number)
  })
}
