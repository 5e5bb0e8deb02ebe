import { type Entry, placeIn } from './entry.ts'
import type { Findings } from './findings.ts'
import type { Inline } from './inline.ts'
import { looksLikePath, pathProblem, tidyPath } from './path.ts'
import type { GeneratedFiles } from './plan.ts'
import { hidesCharacters } from './printable.ts'
import type { Source } from './source.ts'
import { unseenIn } from './unseen.ts'

/** A piece of an entry: a path or glob, the word before a command, or what stands in backticks. */
type Piece =
  | { readonly kind: 'word' | 'code'; readonly text: string }
  | { readonly kind: 'maker' }
  /** What a sentence has between two of them. */
  | { readonly kind: 'other' }

const makers = /^(?:by|with|from|using|via)$/i
const nothing = /^(?:n\/?a|none|nothing|tbd|[-–—]+)\.?$/i
const form = 'write paths or globs and the command that makes them: Generated: `proto/gen/**` by `buf generate`'

/**
 * Reads what is generated and by which command: `` `proto/gen/**`, `api/*.ts` by `make api` ``. A command is only what stands in
 * backticks behind "by", "with" or "from", and what a reader of the rendered page sees.
 */
export function readGenerated(
  entries: readonly Entry[],
  source: Source,
  findings: Findings,
): readonly GeneratedFiles[] {
  const all = entries.flatMap(function every(entry: Entry): readonly Entry[] {
    return [entry, ...(entry.children ?? []).flatMap(every)]
  })
  return all.flatMap((entry) => {
    if (nothing.test(entry.text.trim())) return []
    const report: Report = (message, hint = form, word = '') =>
      findings.add('invalid-generated', placeIn(source, entry, word), { message, hint })
    if (entry.form !== 'fence' && unseenIn(entry.lines, source.text) !== undefined) {
      report(
        'this is struck out, stands in for an image or is enclosed by HTML tags: its command is not run',
        'write it plainly, without tags and without "~~"',
      )
      return []
    }
    return itemsOf(piecesOf(entry), report)
  })
}

/** Reports what is wrong with an entry, at one of its words where there is one. */
type Report = (message: string, hint?: string, word?: string) => void

function itemsOf(pieces: readonly Piece[], report: Report): GeneratedFiles[] {
  const found: { globs: string[]; command: string }[] = []
  let globs: string[] = []
  for (const [at, piece] of pieces.entries()) {
    if (piece.kind !== 'word' && piece.kind !== 'code') continue
    const isCommand = piece.kind === 'code' && pieces[at - 1]?.kind === 'maker'
    if (!isCommand) {
      if (looksLikePath(piece.text)) globs.push(tidyPath(piece.text))
      else if (piece.kind === 'code') report(`\`${piece.text.slice(0, 60)}\` is neither a path nor behind "by"`)
      continue
    }
    const last = found.at(-1)
    if (globs.length > 0) found.push({ globs, command: piece.text })
    // From `a.proto` by `protoc`: the last one is the command.
    else if (last !== undefined) last.command = piece.text
    else report(`no path is named that \`${piece.text.slice(0, 60)}\` makes, so nothing is compared`)
    globs = []
  }
  if (globs.length > 0) report(`no command is named that makes ${globs.slice(0, 3).join(', ')}, so nothing is compared`)
  if (globs.length === 0 && found.length === 0 && !pieces.some(({ kind }) => kind === 'code')) {
    report('no path and no command are named here, so nothing is compared')
  }
  return found.filter(({ globs, command }) => isFit(globs, command, report))
}

function isFit(globs: readonly string[], command: string, report: Report): boolean {
  if (command === '' || hidesCharacters(command)) {
    report('the command is empty or holds an invisible character, and is not run', 'type the command anew')
    return false
  }
  let fit = true
  for (const glob of globs) {
    const problem = pathProblem(glob)
    if (problem === undefined) continue
    fit = false
    const hint = "write it from the workspace's root, for example proto/gen/**"
    report(`"${glob.slice(0, 80)}" is not compared: ${problem}`, hint, glob)
  }
  return fit
}

function piecesOf(entry: Entry): readonly Piece[] {
  if (entry.form === 'fence') return textPieces(entry.text)
  return entry.lines.flatMap(({ inlines }) =>
    inlines.flatMap((inline): readonly Piece[] =>
      inline.kind === 'code' ? [{ kind: 'code', text: inline.text.trim() }] : wordsOf(inline),
    ),
  )
}

function wordsOf({ kind, text }: Inline): readonly Piece[] {
  return kind === 'url' || kind === 'image' ? [] : textPieces(text)
}

/** Front matter and fences have their backticks in the text. */
function textPieces(text: string): readonly Piece[] {
  return text.split(/(`[^`\n]+`)/).flatMap((part): readonly Piece[] => {
    const code = /^`([^`]+)`$/.exec(part)?.[1]
    if (code !== undefined) return [{ kind: 'code', text: code.trim() }]
    return part
      .split(/[\s,;]+/)
      .map((word) => word.replace(/[.:]+$/, ''))
      .filter((word) => word !== '')
      .map((word): Piece => {
        if (makers.test(word)) return { kind: 'maker' }
        return looksLikePath(word) ? { kind: 'word', text: word } : { kind: 'other' }
      })
  })
}
