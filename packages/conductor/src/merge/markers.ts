import type { ResolvedFile } from './conflict-files.ts'
import { linesOf } from './text-lines.ts'

/** `.gitattributes` may ask for markers longer than seven characters. */
const marker = /^(?:<{7,}|>{7,}|\|{7,})(?: .*)?$|^={7,}$/
const separator = /^=+$/

/** Paths in which a synthesis left conflict markers. Lines that look like one and were in a side's file are not counted. */
export function markersLeft(files: readonly ResolvedFile[]): readonly string[] {
  return files.filter(hasMarkersLeft).map(({ path }) => path)
}

/** Whether git wrote conflict markers into the merged file. */
export function hasMarkers(file: Pick<ResolvedFile, 'base' | 'ours' | 'theirs' | 'merged'>): boolean {
  const [merged, ofSides] = [markersIn(file.merged), markersOfSides(file)]
  return [...merged].some(([line, count]) => count > (ofSides.get(line) ?? 0))
}

function hasMarkersLeft(file: ResolvedFile): boolean {
  const [merged, ofSides, result] = [markersIn(file.merged), markersOfSides(file), markersIn(file.result)]
  return [...result].some(([line, count]) => {
    if (count <= (ofSides.get(line) ?? 0)) return false
    // It also underlines headings: it counts only where git wrote it.
    return !separator.test(line) || (merged.get(line) ?? 0) > (ofSides.get(line) ?? 0)
  })
}

/** How often a merge of the sides without a conflict would have each line that looks like a marker. */
function markersOfSides({ base, ours, theirs }: Pick<ResolvedFile, 'base' | 'ours' | 'theirs'>): Map<string, number> {
  const counts = markersIn(base)
  const before = new Map(counts)
  for (const side of [ours, theirs]) {
    for (const [line, count] of markersIn(side)) {
      const added = Math.max(0, count - (before.get(line) ?? 0))
      counts.set(line, (counts.get(line) ?? 0) + added)
    }
  }
  return counts
}

function markersIn(entry: ResolvedFile['result']): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of linesOf(entry) ?? []) if (marker.test(line)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}
