import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dictionary } from '../src/fold/dictionary.ts'

describe('a persistent dictionary', () => {
  it('keeps every version as it was, in whichever order they are written and read', () => {
    const write = fc.record({
      on: fc.nat(),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.nat(9),
      read: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        const versions = [{ dictionary: Dictionary.of<number>([['a', 1]]), plain: new Map([['a', 1]]) }]
        for (const { on, key, value, read } of writes) {
          const base = versions[on % versions.length]
          if (!base) throw new Error('there is always a first version')
          versions.push({ dictionary: base.dictionary.set(key, value), plain: new Map(base.plain).set(key, value) })
          const looked = versions[read % versions.length]
          expect(looked?.dictionary.size).toBe(looked?.plain.size)
          expect(looked?.dictionary.get(key)).toBe(looked?.plain.get(key))
        }
        for (const { dictionary, plain } of versions) {
          expect({ ...dictionary.record() }).toEqual(Object.fromEntries(plain))
          expect(dictionary.size).toBe(plain.size)
        }
      }),
    )
  })

  it('builds the record of a version once', () => {
    const dictionary = Dictionary.of([['a', 1]])
    expect(dictionary.record()).toBe(dictionary.record())
    expect(Object.getPrototypeOf(dictionary.record())).toBeNull()
  })
})
