import type { FoundEntry } from '@nx-conduct/git'
import type { ResolvedFile } from './conflict-files.ts'
import { LineIndex } from './line-index.ts'
import { linesOf, readable } from './text-lines.ts'

/** Something that a side added and a synthesis does not have. */
export type Lost =
  | { readonly kind: 'line'; readonly path: string; readonly of: string; readonly line: string }
  /** What has no lines to compare. */
  | { readonly kind: 'whole'; readonly path: string; readonly of: string; readonly what: string }

/** How the sides of a merge are called. */
export interface SideNames {
  readonly ours: string
  readonly theirs: string
}

/**
 * What the sides added in files that a synthesis resolved, and its result has nowhere in them. Added is a line that the base has in none of
 * these files: what was moved is not new. A line is there also as part of a longer one: its words and signs, in their order, in one line of the
 * result. Lines without a letter or digit do not count. Of binary files and submodules the content counts as a whole.
 */
export function findLost(files: readonly ResolvedFile[], names: SideNames): readonly Lost[] {
  const result = new LineIndex(files.flatMap((file) => linesOf(file.result) ?? []))
  const whole = new Set(files.flatMap((file) => file.result?.oid ?? []))
  const inBase = new Set(files.flatMap(({ base }) => linesOf(base) ?? []))
  const lost = files.flatMap((file) =>
    (['ours', 'theirs'] as const).flatMap((side): readonly Lost[] => {
      const at = { path: file.path, of: names[side] }
      const entry = file[side]
      if (entry === undefined || entry.oid === file.base?.oid) return lostBit(file, entry, at)
      const lines = linesOf(entry)
      if (lines === undefined) {
        const isLost = !isFolder(entry) && !whole.has(entry.oid)
        return isLost ? [{ kind: 'whole', ...at, what: wholeName(entry) }] : []
      }
      return [
        ...lines
          .filter((line) => isTelling(line) && !inBase.has(line) && !result.has(line))
          .map((line): Lost => ({ kind: 'line', ...at, line })),
        ...lostBit(file, entry, at),
      ]
    }),
  )
  return distinct(lost)
}

/** What of it a report does not account for: a line has to be quoted, or its file named in an issue that gives a reason. */
export function unexplained(
  lost: readonly Lost[],
  { built, issues }: { readonly built: string; readonly issues: readonly string[] },
): readonly Lost[] {
  const said = [built, ...issues].map((text) => text.replace(/\s+/g, ' '))
  return lost.filter(
    (each) =>
      !issues.some((issue) => givesReason(issue, each.path)) &&
      !(each.kind === 'line' && said.some((text) => quotes(text, shown(each.line)))),
  )
}

/** So many lines of a file are quoted; an agent finds the others in the sides' versions. */
const mostQuoted = 20
/** And so many characters of a line. */
const mostCharacters = 160

/** One text per file and side. */
export function describeLost(lost: readonly Lost[]): readonly string[] {
  const heads = new Set(lost.map(({ path, of }) => `${path} lacks of ${of}`))
  return [...heads].map((head) => {
    const group = lost.filter(({ path, of }) => `${path} lacks of ${of}` === head)
    const whole = group.flatMap((each) => (each.kind === 'whole' ? [`the ${each.what}`] : []))
    const lines = group.flatMap((each) => (each.kind === 'line' ? [`\`${shown(each.line)}\``] : []))
    const more = lines.length > mostQuoted ? [`and ${lines.length - mostQuoted} more lines`] : []
    return `${head}: ${[...whole, ...lines.slice(0, mostQuoted), ...more].join(', ')}`
  })
}

/** The executable bit that a side set. */
function lostBit(
  { base, result }: ResolvedFile,
  entry: FoundEntry | undefined,
  at: { readonly path: string; readonly of: string },
): readonly Lost[] {
  const isSet = entry?.mode === '100755' && base?.mode !== '100755'
  return isSet && result?.mode === '100644' ? [{ kind: 'whole', ...at, what: 'executable bit' }] : []
}

/** A line as it is quoted: its beginning, where it is long. */
function shown(line: string): string {
  return readable(line).replace(/\s+/g, ' ').slice(0, mostCharacters)
}

function wholeName({ mode, content }: FoundEntry): string {
  return content === undefined && mode === '160000' ? 'submodule' : 'binary file'
}

function isFolder({ mode, content }: FoundEntry): boolean {
  return content === undefined && mode !== '160000'
}

function isTelling(line: string): boolean {
  return /[\p{L}\p{N}]/u.test(readable(line))
}

function distinct(lost: readonly Lost[]): readonly Lost[] {
  const keyOf = (each: Lost) => JSON.stringify([each.path, each.kind === 'line' ? each.line : [each.what, each.of]])
  return [...new Map(lost.toReversed().map((each) => [keyOf(each), each])).values()].toReversed()
}

/** An issue that names a file and has so many words besides gives a reason. */
const leastWords = 4

function givesReason(issue: string, path: string): boolean {
  const parts = issue.split(path)
  const isNamed = parts.some(
    (part, at) => at > 0 && /(?:^|[^\p{L}\p{N}_/.-])(?:\.\/)?$/u.test(parts[at - 1] ?? '') && !continuesName.test(part),
  )
  return isNamed && (parts.join(' ').match(/\p{L}{2,}/gu)?.length ?? 0) >= leastWords
}

const continuesName = /^(?:[\p{L}\p{N}_/-]|\.[\p{L}\p{N}_])/u

/** A line this short may occur in a sentence by chance: it has to be in quotes. */
const shortLine = 12

function quotes(text: string, line: string): boolean {
  if (line.length >= shortLine) return text.includes(line)
  return ['`', '"', "'"].some((mark) => text.includes(`${mark}${line}${mark}`))
}
