/**
 * A persistent dictionary: `set` returns a new version in constant time, and every older one stays readable.
 *
 * The newest version owns one Map; an older one remembers only how it differs from the next newer (Baker's rerooting),
 * so that a fold over a long log costs one Map write per change, and reading the past is possible but not free.
 */
export class Dictionary<V> {
  #versions:
    | { readonly map: Map<string, V> }
    | { readonly key: string; readonly value: V | undefined; readonly next: Dictionary<V> }
  #record: Readonly<Record<string, V>> | undefined

  private constructor(map: Map<string, V>) {
    this.#versions = { map }
  }

  static of<V>(entries: Iterable<readonly [string, V]>): Dictionary<V> {
    return new Dictionary(new Map(entries))
  }

  get(key: string): V | undefined {
    return this.#reroot().get(key)
  }

  set(key: string, value: V): Dictionary<V> {
    const map = this.#reroot()
    const next = new Dictionary(map)
    this.#versions = { key, value: map.get(key), next }
    map.set(key, value)
    return next
  }

  get size(): number {
    return this.#reroot().size
  }

  /** This version as a plain record without a prototype (a key may be called `constructor`); built once per version. */
  record(): Readonly<Record<string, V>> {
    if (!this.#record) {
      const record: Record<string, V> = Object.create(null)
      for (const [key, value] of this.#reroot()) record[key] = value
      this.#record = record
    }
    return this.#record
  }

  /** Makes this version the owner of the Map, undoing the newer writes one by one. */
  #reroot(): Map<string, V> {
    if ('map' in this.#versions) return this.#versions.map
    const newer: Dictionary<V>[] = []
    let at: Dictionary<V> = this
    while (!('map' in at.#versions)) {
      newer.push(at)
      at = at.#versions.next
    }
    const { map } = at.#versions
    for (let older = newer.pop(); older; older = newer.pop()) {
      if ('map' in older.#versions) continue
      const { key, value } = older.#versions
      at.#versions = { key, value: map.get(key), next: older }
      if (value === undefined) map.delete(key)
      else map.set(key, value)
      older.#versions = { map }
      at = older
    }
    return map
  }
}
