import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codes, compile } from '../src/index.ts'

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
