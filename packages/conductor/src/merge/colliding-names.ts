/**
 * Paths that are one and the same where a file system tells names apart neither by case nor by unicode form, in groups. Only groups with a
 * path that is not in `before`.
 */
export function collidingNames(before: readonly string[], after: readonly string[]): readonly (readonly string[])[] {
  const known = new Set(before)
  const groups = new Map<string, string[]>()
  for (const path of after) if (!known.has(path)) groups.set(folded(path), [])
  if (groups.size === 0) return []
  for (const path of after) groups.get(folded(path))?.push(path)
  return [...groups.values()].filter((group) => group.length > 1)
}

const folded = (path: string): string => path.normalize('NFC').toLowerCase()
