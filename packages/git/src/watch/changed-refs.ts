import type { RefsRead } from './ref-reader.ts'

/** A ref that differs between two readings. */
export interface ChangedRef {
  /** Full name. */
  readonly ref: string
  /** Absent: it did not exist. */
  readonly before?: string
  /** Absent: it no longer exists. */
  readonly after?: string
}

/** What a ref held at a reading; undefined if it did not exist. */
export function valueIn({ loose, packed }: RefsRead, ref: string): string | undefined {
  return loose.get(ref.slice(0, ref.lastIndexOf('/')))?.get(ref) ?? packed.get(ref)
}

/** The refs that differ, by name. Costs what was read anew. */
export function changedRefs(before: RefsRead, after: RefsRead): readonly ChangedRef[] {
  const names = new Set<string>()
  const addAll = (refs: ReadonlyMap<string, string> | undefined): void => {
    for (const ref of refs?.keys() ?? []) names.add(ref)
  }
  for (const folder of new Set([...before.loose.keys(), ...after.loose.keys()])) {
    const [was, is] = [before.loose.get(folder), after.loose.get(folder)]
    if (was === is) continue
    addAll(was)
    addAll(is)
  }
  if (before.packed !== after.packed) {
    addAll(before.packed)
    addAll(after.packed)
  }
  return [...names].sort().flatMap((ref): ChangedRef[] => {
    const [was, is] = [valueIn(before, ref), valueIn(after, ref)]
    if (was === is) return []
    return [{ ref, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }]
  })
}

/** Names and values of all refs below a folder (`refs/…/`) at a reading. */
export function refsBelow({ loose, packed }: RefsRead, folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const refs of [packed, ...loose.values()]) {
    for (const [ref, value] of refs) if (ref.startsWith(folder)) found.set(ref, value)
  }
  return found
}
