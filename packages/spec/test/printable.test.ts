import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compile,
  formatDiagnostics,
  planToDot,
  planToMermaid,
  planToTable,
  printable,
  printableJson,
  printableLine,
} from '../src/index.ts'

/** Controls but line feed, marks of direction, and what is drawn as nothing: written here a second time on purpose. */
const steeringRanges = [
  [0, 9],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
] as const

/** The characters of a text that steer or hide, as hex. */
function steering(text: string): readonly string[] {
  return [...text].flatMap((one) => {
    const code = one.codePointAt(0) ?? 0
    return steeringRanges.some(([from, to]) => code >= from && code <= to) ? [code.toString(16)] : []
  })
}

const hostile = [
  '\x1b[2J',
  '\x1b]8;;x\x07',
  '\x9b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\x7f',
  '\0',
  '\b',
  '\r',
  '\u{e0041}',
  '\ud800',
  '\u2028',
  '"',
  '\\',
  '`',
  '\n',
  '\t',
  '<',
  '&',
  '#',
  ']',
  '%%{',
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' }), fc.string()), { maxLength: 12 })
  .map((parts) => parts.join(''))

describe('printable', () => {
  test('writes out what steers a terminal or is not seen, and nothing else', () => {
    expect(printable('a\x1b[31mb\u202ec\x7f\x85\u{e0041}\0')).toBe('a\\x1b[31mb\\u202ec\\x7f\\x85\\u{e0041}\\x00')
    expect(printable('two\r\nlines\tand a \r return')).toBe('two\nlines\tand a \\x0d return')
    expect(printableLine('two\r\nlines\t')).toBe('two\\x0d\\nlines\\t')
    for (const plain of ['naïve – “ok” ✔ 日本語 עברית', '⚠️ ✅ 👩‍💻 👩🏽‍💻 🏳️‍🌈', 'a\\x1b'])
      expect(printable(plain)).toBe(plain)
  })

  test('no control character survives, and what was shown is shown the same again', () => {
    fc.assert(
      fc.property(text, (one) => {
        const shown = printable(one)
        expect(steering(shown.replaceAll('\t', ''))).toEqual([])
        expect(printable(shown)).toBe(shown)
        expect(steering(printableLine(one))).toEqual([])
        expect(printableLine(one)).not.toContain('\n')
      }),
      { numRuns: 2_000 },
    )
  })

  test('JSON for machines holds no control character either, and says the same', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: text })), (value) => {
        const shown = printableJson(value)
        expect(steering(shown)).toEqual([])
        expect(JSON.parse(shown)).toEqual(value)
      }),
    )
  })
})

test('no title, command, module, path or finding gets a control character into what is printed of a plan', () => {
  fc.assert(
    fc.property(text, text, text, (title, command, path) => {
      const spec = `---\nname: x\n${title.slice(0, 9)}: 1\n---\n## Phases\n\n### Phase 1: ${title}\n\nModules: ${command}\nTest Command: \`${command}\`\nSuccess Criteria:\n- ${title} exists\n\n### Phase 1: ${title}\n`
      const plan = compile(spec, { defaultName: title })
      const named = { ...plan, name: title }
      const shown = [
        planToTable(plan),
        planToMermaid(named),
        planToDot(named),
        formatDiagnostics(plan.diagnostics, { text: spec, path, color: false }),
      ]
      for (const one of shown) expect(steering(one)).toEqual([])
    }),
  )
})

test('a title stays inside its label', () => {
  const plan = compile('---\nname: x\n---\n## Phases\n### Phase 1: A\n')
  const titled = (title: string) => ({ ...plan, phases: plan.phases.map((phase) => ({ ...phase, title })) })
  expect(planToMermaid(titled('`a` "b"] %%{init: {}}%% #quot; <b> \n end'))).toBe(
    'flowchart TD\n  p_1["1: #96;a#96; &quot;b&quot;] #37;#37;{init: {}}#37;#37; #35;quot; &lt;b&gt; \\n end"]\n',
  )
  expect(planToDot(titled('"]; \\" &#27; \n'))).toBe(
    'digraph "x" {\n  node [shape=box]\n  "1" [label="1: \\"]; \\\\\\" &amp;#27; \\\\n"]\n}\n',
  )
})
