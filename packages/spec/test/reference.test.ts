import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { adviceKinds, adviceTable, advise, codes, compile, diagnosticsTable, labelsTable } from '../src/index.ts'

const page = readFileSync(new URL('../../../docs/reference/diagnostics.md', import.meta.url), 'utf8')

interface Entry {
  readonly severity: string
  readonly bad: string
  readonly good: string
}

const entries = new Map<string, Entry>()
for (const [, heading = '', body = ''] of page.matchAll(
  /^## (Errors|Warnings|Infos)\n([\s\S]*?)(?=^## (?:Errors|Warnings|Infos)$|(?![\s\S]))/gm,
)) {
  const severity = heading.slice(0, -1).toLowerCase()
  for (const [, code = '', text = ''] of body.matchAll(/^### `([a-z-]+)`\n([\s\S]*?)(?=^### `|(?![\s\S]))/gm)) {
    entries.set(code, { severity, bad: example(text, 'bad'), good: example(text, 'good') })
  }
}

function example(text: string, kind: 'bad' | 'good'): string {
  const found = text.match(new RegExp(`^\`\`\`\`markdown ${kind}\\n([\\s\\S]*?)^\`\`\`\`$`, 'm'))?.[1] ?? ''
  return found.replace(/⟨(\d+) × (.*?)⟩/g, (_, times: string, what: string) => what.repeat(Number(times)))
}

const found = (text: string): readonly string[] => compile(text).diagnostics.map(({ code }) => code)

describe('the reference of diagnostics', () => {
  test('has an entry for every code of the compiler, under its severity, and no others', () => {
    expect(Object.fromEntries([...entries].map(([code, { severity }]) => [code, severity]))).toEqual(codes)
  })

  // What no text is known to bring about; test/coverage.test.ts shows that it would be found.
  const unreachable = new Set(['unread-text'])

  test.each([...entries].filter(([code]) => !unreachable.has(code)))(
    '%s: the bad example yields it, the good one does not',
    (code, { bad, good }) => {
      expect(bad).not.toBe('')
      expect(good).not.toBe('')
      expect(found(bad)).toContain(code)
      expect(found(good)).not.toContain(code)
      expect(compile(good).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    },
  )
})

test('the example of the form in the reference compiles without a finding', () => {
  const form = readFileSync(new URL('../../../docs/reference/spec-format.md', import.meta.url), 'utf8')
  const text = form.match(/^````markdown\n([\s\S]*?)^````$/m)?.[1] ?? ''
  const plan = compile(text)
  expect(plan.phases.map(({ id, dependsOn, modules }) => [id, dependsOn, modules.length])).toEqual([
    ['1', [], 2],
    ['2', ['1'], 1],
    ['3', ['1'], 1],
    ['4', ['2', '3'], 1],
  ])
  expect(plan.diagnostics).toEqual([])
})

const reference = (name: string): string =>
  readFileSync(new URL(`../../../docs/reference/${name}.md`, import.meta.url), 'utf8')

test.each([
  ['diagnostics', 'diagnostics', diagnosticsTable()],
  ['spec-format', 'labels', labelsTable()],
  ['advice', 'advice', adviceTable()],
])('%s.md: the table of %s is what the code says (write it with `node tools/reference.mjs`)', (file, name, table) => {
  const [, written] =
    reference(file).match(new RegExp(`<!-- generated: ${name} -->\n([^]*?)\n<!-- end: ${name} -->`)) ?? []
  expect(written).toBe(table)
})

describe('the reference of advice', () => {
  const sections = [...reference('advice').matchAll(/^## `([a-z-]+)`\n([\s\S]*?)(?=^## `|(?![\s\S]))/gm)].map(
    ([, kind = '', text = '']) => [kind, text] as const,
  )

  test('has a section for every piece of advice, and no others', () => {
    expect(sections.map(([kind]) => kind)).toEqual(Object.keys(adviceKinds))
  })

  test.each(sections)('%s: the bad example yields it, with its reason, and the good one yields none', (kind, text) => {
    const bad = example(text, 'bad')
    const [given, ...more] = advise(compile(bad))
    expect(more).toEqual([])
    expect(given).toMatchObject({ code: kind, hint: adviceKinds[kind as keyof typeof adviceKinds] })
    expect(advise(compile(example(text, 'good')))).toEqual([])
    expect(advise(compile(`---\nadvice: false\n---\n${bad}`))).toEqual([])
    expect(advise(compile(`---\nadvice: { ${kind}: false }\n---\n${bad}`))).toEqual([])
    expect(advise(compile(`---\nadvice: true\n---\n${bad}`))).toHaveLength(1)
  })
})

test('what is taught runs on every Node: `node --test` takes files, as a folder is none from Node 22 on', () => {
  const root = new URL('../../../', import.meta.url)
  const pages = ['README.md', 'packages/nx-conduct/README.md', 'packages/nx-conduct/src/generators/spec.ts']
  const docs = readdirSync(new URL('docs/', root), { recursive: true }).map((name) => `docs/${name}`)
  for (const page of [...pages, ...docs.filter((name) => name.endsWith('.md'))]) {
    // What a command printed teaches nobody to type it.
    const taught = readFileSync(new URL(page, root), 'utf8').replace(/^```text\n[\s\S]*?^```$/gm, '')
    for (const [command, words = ''] of taught.matchAll(/node --test\b([^\n`#]*)/g))
      for (const word of words
        .trim()
        .replace(/\\$/, '')
        .split(/\s+/)
        .filter((one) => one !== '' && !one.startsWith('-') && /[/\w]/.test(one) && page !== ''))
        expect(`${page}: ${command} – ${word}`).toMatch(/\.[cm]?[jt]s$/)
  }
})
