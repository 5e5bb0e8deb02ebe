import type { Lost } from './foreign-plan.ts'

/** Collects what cannot be carried over; equal findings become one, with all their lines. */
export interface LostList {
  add(line: number, what: string, instead: string): void
  /** Several lines in a row: a section. */
  addLines(from: number, to: number, what: string, instead: string): void
  list(): readonly Lost[]
}

export function collectLost(): LostList {
  const found = new Map<string, { lines: Set<number>; what: string; instead: string }>()
  const add = (line: number, what: string, instead: string): void => {
    const key = `${what}\n${instead}`
    const one = found.get(key)
    if (one === undefined) found.set(key, { lines: new Set([line]), what, instead })
    else one.lines.add(line)
  }
  return {
    add,
    addLines(from, to, what, instead) {
      for (let line = from; line <= to; line++) add(line, what, instead)
    },
    list() {
      return [...found.values()]
        .map(({ lines, what, instead }) => ({ lines: [...lines].toSorted((a, b) => a - b), what, instead }))
        .toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
    },
  }
}

/** Lines as people write them: `3, 7-9`. */
export function lineRanges(lines: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last !== undefined && line === last.to + 1) last.to = line
    else ranges.push({ from: line, to: line })
  }
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ')
}
