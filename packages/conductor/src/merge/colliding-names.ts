/**
 * Paths that are one and the same where a file system tells names apart neither by case nor by unicode form, in groups. Only groups with a
 * path that is not in `before`.
 */
export function collidingNames(before: readonly string[], after: readonly string[]): readonly (readonly string[])[] {
  const known = new Set(before)
  const groups = new Map<string, readonly string[]>()
  for (const path of after) {
    const folded = path.normalize('NFC').toLowerCase()
    groups.set(folded, [...(groups.get(folded) ?? []), path])
  }
  return [...groups.values()].filter((group) => group.length > 1 && group.some((path) => !known.has(path)))
}
