import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

/** What a phase says, without how it is written. */
interface Said {
  readonly title: readonly string[]
  readonly goal: readonly string[]
  readonly tasks: readonly (readonly string[])[]
  readonly modules: readonly string[]
  readonly command: readonly string[]
  readonly criteria: readonly (readonly string[])[]
  readonly gotchas: readonly (readonly string[])[]
  readonly files: readonly string[]
}

/** How a spec is written: none of it is meaning. */
interface Style {
  readonly mark: '-' | '*' | '+'
  readonly heading: '###' | '####'
  readonly separator: ': ' | ' — ' | ' - '
  readonly label: 'plain' | 'bold' | 'colon outside' | 'bullet' | 'heading'
  readonly newline: '\n' | '\r\n' | '\r'
  readonly emphasis: '' | '**' | '*' | '_' | '__'
  readonly link: 'inline' | 'reference' | 'bracket'
  readonly blank: number
  readonly wide: boolean
  readonly bom: boolean
  readonly reversed: boolean
  readonly overview: string
  readonly settings: readonly ['rounds: 2' | 'failFast: true', 'rounds: 2' | 'failFast: true']
}

const word = fc
  .stringMatching(/^[a-z]{3,9}$/)
  .filter(
    (one) =>
      ![
        'none',
        'nothing',
        'tbd',
        'and',
        'con',
        'prn',
        'aux',
        'nul',
        'todo',
        'manual',
        'all',
        'optional',
        'current',
        'next',
        'upcoming',
        'ready',
        'pending',
        'planned',
        'done',
        'shipped',
        'started',
      ].includes(one),
  )
const words = fc.array(word, { minLength: 2, maxLength: 6 })
const said: fc.Arbitrary<Said> = fc.record({
  title: words,
  goal: words,
  tasks: fc.array(words, { minLength: 1, maxLength: 4 }),
  modules: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
  command: words,
  criteria: fc.array(words, { minLength: 1, maxLength: 3 }),
  gotchas: fc.array(words, { minLength: 1, maxLength: 3 }),
  files: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
})
const style: fc.Arbitrary<Style> = fc.record({
  mark: fc.constantFrom('-', '*', '+'),
  heading: fc.constantFrom('###', '####'),
  separator: fc.constantFrom(': ', ' — ', ' - '),
  label: fc.constantFrom('plain', 'bold', 'colon outside', 'bullet', 'heading'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  emphasis: fc.constantFrom('', '**', '*', '_', '__'),
  link: fc.constantFrom('inline', 'reference', 'bracket'),
  blank: fc.integer({ min: 1, max: 3 }),
  wide: fc.boolean(),
  bom: fc.boolean(),
  reversed: fc.boolean(),
  overview: words.map((one) => one.join(' ')),
  settings: fc.constantFrom(['rounds: 2', 'failFast: true'], ['failFast: true', 'rounds: 2']),
})

function write(phases: readonly Said[], how: Style, ids: readonly string[]): string {
  const gap = '\n'.repeat(how.blank + 1)
  const space = how.wide ? '   ' : ' '
  const joined = (one: readonly string[]): string => one.join(space)
  const styled = ([first = '', ...rest]: readonly string[]): string =>
    [`${how.emphasis}${first}${how.emphasis}`, ...rest].join(space)
  const list = (items: readonly string[]): string => items.map((item) => `${how.mark}${space}${item}`).join('\n')
  const field = (name: string, value: string, below: boolean): string => {
    switch (how.label) {
      case 'plain':
        return `${name}:${below ? '\n' : space}${value}`
      case 'bold':
        return `**${name}:**${below ? '\n' : space}${value}`
      case 'colon outside':
        return `**${name}**:${below ? '\n' : space}${value}`
      case 'bullet':
        return `${how.mark} **${name}:**${below ? `\n${value.replace(/^/gm, '  ')}` : ` ${value}`}`
      case 'heading':
        return `##### ${name}\n\n${value}`
    }
  }
  const link = (text: string): string =>
    how.link === 'inline'
      ? `[${text}](https://example.org/a)`
      : how.link === 'reference'
        ? `[${text}][there]`
        : `[${text}]( <https://example.org/a> "title" )`
  const body = (phase: Said): readonly string[] => [
    styled(phase.goal),
    list(phase.tasks.map((task, index) => (index === 0 ? `${styled(task)} ${link('notes')}` : styled(task)))),
    field('Modules', phase.modules.join(`,${space}`), false),
    field('Test Command', `\`${phase.command.join(' ')}\``, false),
    field('Success Criteria', list(phase.criteria.map(styled)), true),
    field('Gotchas', list(phase.gotchas.map(styled)), true),
    field('Files', list(phase.files.map((file) => `src/${file}.ts`)), true),
  ]
  const order = phases.map((_, index) => index)
  const parts = [
    `---\n${how.settings.join('\n')}\n---`,
    '# Title',
    how.overview,
    '## Implementation Phases',
    ...(how.reversed ? order.toReversed() : order).flatMap((index) => {
      const phase = phases[index]
      return phase === undefined
        ? []
        : [`${how.heading} Phase ${ids[index] ?? index + 1}${how.separator}${joined(phase.title)}`, ...body(phase)]
    }),
    '## Afterwards',
    how.overview,
    '[there]: https://example.org/a',
  ]
  return `${how.bom ? '\ufeff' : ''}${parts.join(gap).replaceAll('\n', how.newline)}`
}

const PLAIN: Style = {
  mark: '-',
  heading: '###',
  separator: ': ',
  label: 'plain',
  newline: '\n',
  emphasis: '',
  link: 'inline',
  blank: 1,
  wide: false,
  bom: false,
  reversed: false,
  overview: 'what it is',
  settings: ['rounds: 2', 'failFast: true'],
}

/** Digests by title: order and ids are no part of a slice. */
function slices(text: string): ReadonlyMap<string, string> {
  const plan = compile(text)
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new Error(`${errors.map(({ code, message }) => `${code}: ${message}`).join('\n')}\n${text}`)
  return new Map(plan.phases.map(({ title, digest }) => [title, digest]))
}

const spec = fc.uniqueArray(said, { minLength: 1, maxLength: 4, selector: ({ title }) => title.join(' ') })
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index + 1))

describe('the digest of a slice', () => {
  test('does not change with how a spec is laid out, numbered or ordered, nor with what stands outside the phases', () => {
    fc.assert(
      fc.property(
        spec,
        style,
        fc.uniqueArray(fc.constantFrom('7', '2.1', '2.10', 'A', 'WP01', '40'), { minLength: 4, maxLength: 4 }),
        (phases, how, ids) => {
          const plain = slices(write(phases, PLAIN, numbers(phases.length)))
          expect(plain.size).toBe(phases.length)
          expect(new Map([...slices(write(phases, how, ids))].toSorted())).toEqual(new Map([...plain].toSorted()))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('changes with one word of its phase, and no other phase changes with it', () => {
    fc.assert(
      fc.property(
        spec,
        style,
        fc.nat(),
        fc.constantFrom('goal', 'tasks', 'modules', 'command', 'criteria', 'gotchas', 'files'),
        (phases, how, at, part) => {
          const index = at % phases.length
          const changed = phases.map((phase, one) => (one === index ? changeWord(phase, part) : phase))
          const before = slices(write(phases, how, numbers(phases.length)))
          const after = slices(write(changed, how, numbers(phases.length)))
          const differing = [...before].filter(([title, digest]) => after.get(title) !== digest).map(([title]) => title)
          expect(differing).toEqual([phases[index]?.title.join(' ')])
        },
      ),
      { numRuns: 80 },
    )
  })

  test('does not change when a phase is put before it', () => {
    fc.assert(
      fc.property(spec, said, (phases, first) => {
        fc.pre(!phases.some(({ title }) => title.join(' ') === first.title.join(' ')))
        const before = slices(write(phases, PLAIN, numbers(phases.length)))
        const after = slices(write([first, ...phases], PLAIN, numbers(phases.length + 1)))
        for (const [title, digest] of before) expect(after.get(title)).toBe(digest)
      }),
      { numRuns: 100 },
    )
  })
})

function changeWord(phase: Said, part: keyof Said): Said {
  const value = phase[part]
  const [first, ...rest] = value
  const changed =
    typeof first === 'string'
      ? [`${first}zz`, ...rest]
      : [[`${first?.[0] ?? ''}zz`, ...(first?.slice(1) ?? [])], ...rest]
  return { ...phase, [part]: changed }
}
