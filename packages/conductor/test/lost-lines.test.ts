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
    const both = { ...fileOf({ base: 'a', theirs: 'b', result: 'b' }), ours: entry('left', '100755') }
    expect(lostIn(both)).toEqual(['a.txt lacks of module a: the executable bit, `left`'])
  })

  test('is not the executable bit that the base had, that the result has, or of a file that is gone', () => {
    const file = fileOf({ theirs: 'b', result: 'b' })
    const ours = entry('a', '100755')
    expect(lostIn({ ...file, base: entry('a', '100755'), ours })).toEqual([])
    expect(lostIn({ ...file, base: entry('a'), ours, result: entry('b', '100755') })).toEqual([])
    expect(lostIn({ ...file, base: entry('a'), ours, result: undefined })).toEqual(['a.txt lacks of module b: `b`'])
  })

  test('is a submodule that it has nowhere, and never a folder', () => {
    const file = fileOf({ base: 'a', theirs: 'b', result: 'b' })
    const submodule = entry('commit', '160000')
    expect(lostIn({ ...file, ours: submodule })).toEqual(['a.txt lacks of module a: the submodule'])
    expect(lostIn({ ...file, ours: submodule }, { ...fileOf({}, 'b'), result: submodule })).toEqual([])
    expect(lostIn({ ...file, ours: { mode: '40000', oid: 'tree', content: undefined } })).toEqual([])
  })

  test('is told once where both sides added it, of the first of them', () => {
    const line = fileOf({ base: '', ours: 'same\n', theirs: 'same\n', result: '' })
    expect(lostIn(line)).toEqual(['a.txt lacks of module a: `same`'])
    expect(lostIn(fileOf({ base: '\0', ours: '\x001', theirs: '\x002', result: '\x003' }))).toEqual([
      'a.txt lacks of module a: the binary file',
      'a.txt lacks of module b: the binary file',
    ])
    expect(lostIn(fileOf({ ours: 'x\n', result: '' }), fileOf({ ours: 'x\n', result: '' }, 'b.txt'))).toHaveLength(2)
  })

  test('is quoted in at most twenty lines, and the others are counted', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`).join('\n')
    const [twenty] = lostIn(fileOf({ ours: lines(20), result: '' }))
    expect(twenty).toMatch(/`line 19`$/)
    const [more] = lostIn(fileOf({ ours: lines(23), result: '' }))
    expect(more).toMatch(/`line 19`, and 3 more lines$/)
    const [wide] = lostIn(fileOf({ ours: `a \t b${'x'.repeat(200)}`, result: '' }))
    expect(wide).toBe(`a.txt lacks of module a: \`a b${'x'.repeat(157)}\``)
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

  test('whose name stands by itself in it', () => {
    const because = 'the line of module a contradicts the spec'
    for (const named of [
      `In ./a.txt ${because}`,
      `(a.txt) ${because}`,
      `${because}: a.txt.`,
      `x.a.txt, a.txt: ${because}`,
    ]) {
      expect(says(named), named).toBe(true)
    }
    for (const other of [
      'src/a.txt',
      'x-a.txt',
      'é_a.txt',
      'x.a.txt',
      'a.txt/b',
      'a.txts',
      'a.txt-old',
      'a.txt_',
      'a.txt.1',
    ]) {
      expect(says(`${other}: ${because}`), other).toBe(false)
    }
    expect(says('a.txt: not needed now')).toBe(false)
    expect(says('a.txt: it is not needed')).toBe(true)
    expect(says('a.txt: x y z 1 2 not needed')).toBe(false)
  })

  test('and not for another file or another line', () => {
    const two = [
      ...lost,
      ...findLost([fileOf({ base: '', ours: 'const other = make()\n', result: '' }, 'b.txt')], names),
    ]
    expect(unexplained(two, { built: 'I dropped const left = make()', issues: [] })).toEqual(two.slice(1))
    expect(unexplained(two, { built: '', issues: ['b.txt: it is not needed any more'] })).toEqual(two.slice(0, 1))
    const whole = findLost([fileOf({ base: '\0', ours: '\x001', theirs: '\x002', result: '\x002' })], names)
    expect(unexplained(whole, { built: 'the binary file', issues: [] })).toEqual(whole)
  })

  test('where a line of twelve characters is in a sentence; a shorter one needs quotes of one kind', () => {
    const of = (line: string) => findLost([fileOf({ base: '', ours: `${line}\n`, result: '' })], names)
    expect(unexplained(of('twelve chars'), { built: 'has twelve chars in it', issues: [] })).toEqual([])
    expect(unexplained(of('eleven char'), { built: 'has eleven char in it', issues: [] })).toHaveLength(1)
    for (const quoted of ['`left`', '"left"', "'left'"]) {
      expect(unexplained(of('left'), { built: quoted, issues: [] }), quoted).toEqual([])
    }
    for (const other of ['`left"', '"left', "left'", '`left of`']) {
      expect(unexplained(of('left'), { built: other, issues: [] }), other).toHaveLength(1)
    }
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
