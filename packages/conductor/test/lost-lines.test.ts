import type { FoundEntry } from '@nx-conduct/git'
import { describe, expect, test } from 'vitest'
import type { ResolvedFile } from '../src/merge/conflict-files.ts'
import { describeLost, findLost, unexplained } from '../src/merge/lost-lines.ts'
import { markersLeft } from '../src/merge/markers.ts'

const entry = (content: string | Buffer | undefined, mode = '100644'): FoundEntry | undefined =>
  content === undefined
    ? undefined
    : { mode, oid: Buffer.from(content).toString('hex'), content: mode === '160000' ? undefined : Buffer.from(content) }

interface Texts {
  readonly base?: string
  readonly ours?: string
  readonly theirs?: string
  readonly merged?: string
  readonly result?: string
}

const fileOf = ({ base, ours, theirs, merged, result }: Texts, path = 'a.txt'): ResolvedFile => ({
  path,
  base: entry(base),
  ours: entry(ours),
  theirs: entry(theirs),
  merged: entry(merged),
  result: entry(result),
})
const names = { ours: 'module a', theirs: 'module b' }
const lostIn = (...files: readonly ResolvedFile[]) => describeLost(findLost(files, names))
const nothing = { built: '', issues: [] }

describe('what a synthesis lost', () => {
  const conflict = { base: 'one\n', ours: 'one\nleft();\n', theirs: 'one\nright();\n' }

  test('is nothing where it has the lines of both sides, in any order and indentation', () => {
    expect(lostIn(fileOf({ ...conflict, result: 'one\n  right();\r\n\tleft();\n' }))).toEqual([])
  })

  test('is a line of a side that is nowhere in it', () => {
    expect(lostIn(fileOf({ ...conflict, result: 'one\nright();\n' }))).toEqual(['a.txt lacks of module a: `left();`'])
    expect(lostIn(fileOf({ ...conflict, result: 'one\n' }))).toEqual([
      'a.txt lacks of module a: `left();`',
      'a.txt lacks of module b: `right();`',
    ])
  })

  test('is not a line that became part of a longer one', () => {
    const call = { base: 'run(x)\n', ours: 'run(x, left)\n', theirs: 'run(x, right)\n' }
    expect(lostIn(fileOf({ ...call, result: 'run(x, left, right)\n' }))).toEqual([])
    expect(lostIn(fileOf({ ...call, result: 'run(x, right)\n' }))).toEqual(['a.txt lacks of module a: `run(x, left)`'])
  })

  test('is not a line that moved to another file which the synthesis changed', () => {
    const moved = fileOf({ result: 'left();\n' }, 'b.txt')
    expect(lostIn(fileOf({ ...conflict, result: 'one\nright();\n' }), moved)).toEqual([])
  })

  test('is not a brace, an empty line, or a line that the base had', () => {
    const texts = { base: 'one\ntwo\n', ours: 'one\ntwo\n}\n\n', theirs: 'one\n', result: 'one\n' }
    expect(lostIn(fileOf(texts))).toEqual([])
  })

  test('of a file that both sides renamed is only what they changed in it', () => {
    const files = [
      fileOf({ base: 'one\ntwo\n' }, 'old.txt'),
      fileOf({ ours: 'one\nleft();\n', result: 'one\nleft();\n' }, 'left.txt'),
      fileOf({ theirs: 'one\ntwo\nright();\n' }, 'right.txt'),
    ]
    expect(lostIn(...files)).toEqual(['right.txt lacks of module b: `right();`'])
  })

  test('is not what a side moved from one file to another', () => {
    const files = [
      fileOf({ base: 'one\n', ours: 'two\n', theirs: 'one!\n', result: 'two\n' }),
      fileOf({ base: 'two\n', ours: 'one\n', theirs: 'two\n', result: 'one!\n' }, 'b.txt'),
    ]
    expect(lostIn(...files)).toEqual([])
  })

  test('is quoted by its beginning where it is long', () => {
    const lost = findLost([fileOf({ base: '', ours: 'x'.repeat(100_000), theirs: 'y', result: 'y' })], names)
    expect(describeLost(lost).join('').length).toBeLessThan(300)
    expect(unexplained(lost, { built: `Dropped ${'x'.repeat(160)}…`, issues: [] })).toEqual([])
  })

  test('of a binary file is the version that it does not have', () => {
    const texts = { base: '\0old', ours: '\0left', theirs: '\0right', result: '\0left' }
    expect(lostIn(fileOf(texts))).toEqual(['a.txt lacks of module b: the binary file'])
    expect(lostIn(fileOf(texts), fileOf({ result: '\0right' }, 'b.txt'))).toEqual([])
  })

  test('is compared by bytes, and told as text', () => {
    const file = (result: Buffer): ResolvedFile => ({
      ...fileOf({ base: 'a\n', theirs: 'größe\n' }),
      ours: entry(Buffer.from('gr\xf6\xdfe\n', 'latin1')),
      result: entry(result),
    })
    expect(lostIn(file(Buffer.from('gr\xf6\xdfe\n', 'latin1')))).toEqual(['a.txt lacks of module b: `größe`'])
  })

  test('may be the executable bit', () => {
    const file = { ...fileOf({ base: 'a', theirs: 'b', result: 'b' }), ours: entry('a', '100755') }
    expect(lostIn(file)).toEqual(['a.txt lacks of module a: the executable bit'])
  })
})

describe('a report accounts for what is lost', () => {
  const lost = findLost([fileOf({ base: '', ours: 'const left = make()\n', theirs: 'x\n', result: 'x\n' })], names)
  const short = findLost([fileOf({ base: '', ours: 'left\n', theirs: 'x\n', result: 'x\n' })], names)
  const says = (...issues: readonly string[]) => unexplained(lost, { built: '', issues }).length === 0

  test('where it quotes the line', () => {
    expect(unexplained(lost, { built: 'I dropped const left  = make() for x.', issues: [] })).toEqual([])
    expect(says('`const left = make()` gave way to x')).toBe(true)
  })

  test('or names its file in an issue that gives a reason', () => {
    expect(says('a.txt: the line of module a contradicts the spec')).toBe(true)
    expect(says('a.txt')).toBe(false)
    expect(says('data.txt: the line of module a contradicts the spec')).toBe(false)
    expect(says('a.txt.bak: nothing that anybody needs')).toBe(false)
    expect(unexplained(lost, { built: 'Resolved a.txt with the lines of both sides.', issues: [] })).toEqual(lost)
  })

  test('and does not where a short line only happens to be in a sentence', () => {
    expect(unexplained(short, { built: 'Nothing is left to do.', issues: [] })).toEqual(short)
    expect(unexplained(short, { built: 'Dropped `left`.', issues: [] })).toEqual([])
    expect(unexplained(short, nothing)).toEqual(short)
  })
})

describe('conflict markers', () => {
  const block = '<<<<<<< a\nleft\n=======\nright\n>>>>>>> b\n'
  const example = 'In git:\n<<<<<<< HEAD\n=======\n>>>>>>> other\n'
  const left = (texts: Texts) => markersLeft([fileOf(texts)])

  test('are found where the synthesis left some, also under other names', () => {
    const conflict = { base: '', ours: 'left\n', theirs: 'right\n', merged: block }
    expect(left({ ...conflict, result: 'left\nright\n' })).toEqual([])
    expect(left({ ...conflict, result: block })).toEqual(['a.txt'])
    expect(left({ ...conflict, result: 'left\n=======\r\nright\n' })).toEqual(['a.txt'])
    expect(left({ ...conflict, result: '<<<<<<< mine\nleft\n' })).toEqual(['a.txt'])
  })

  test('that were in the base or in a side are none', () => {
    const conflict = {
      base: example,
      ours: `left\n${example}`,
      theirs: `right\n${example}`,
      merged: `${block}${example}`,
    }
    expect(left({ ...conflict, result: `left\nright\n${example}` })).toEqual([])
    expect(left({ ...conflict, result: `left\n=======\nright\n${example}` })).toEqual(['a.txt'])
    const both = { base: '', ours: `left\n${example}`, theirs: `right\n${example}`, merged: `${block}${example}` }
    expect(left({ ...both, result: `left\n${example}right\n${example}` })).toEqual([])
  })

  test('may be longer than seven characters', () => {
    const long = block.replace(/^([<=>])\1+/gm, '$1'.repeat(20))
    expect(left({ base: '', ours: 'left\n', theirs: 'right\n', merged: long, result: long })).toEqual(['a.txt'])
  })

  test('are not the underline of a heading that the synthesis writes', () => {
    expect(left({ base: 'a', merged: 'a', result: 'Heading\n=======\n' })).toEqual([])
  })
})
