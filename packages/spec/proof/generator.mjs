/** A small generator of pseudo-random numbers (mulberry32), so that a seed names a run. */
export function generator(state) {
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit) => Math.floor(random() * limit)
  return { random, below, pick: (list) => list[below(list.length)] }
}
