import type { Lost } from './foreign-plan.ts'

/** Collects what cannot be carried over; equal findings become one, with all their lines. */
export interface LostList {
  add(line: number, what: string, instead: string): void
  list(): readonly Lost[]
}

export function collectLost(): LostList {
  const found = new Map<string, { lines: Set<number>; what: string; instead: string }>()
  return {
    add(line, what, instead) {
      const key = `${what}\n${instead}`
      const one = found.get(key)
      if (one === undefined) found.set(key, { lines: new Set([line]), what, instead })
      else one.lines.add(line)
    },
    list() {
      return [...found.values()]
        .map(({ lines, what, instead }) => ({ lines: [...lines].toSorted((a, b) => a - b), what, instead }))
        .toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
    },
  }
}
