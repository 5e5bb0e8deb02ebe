import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const HEAD = '## Phases\n### Phase 1: A\n'
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')

/** How long a text takes, in milliseconds of CPU, and where it is refused. */
function outcome(text: string) {
  const before = process.cpuUsage()
  const plan = compile(text)
  const { user, system } = process.cpuUsage(before)
  const refused = plan.diagnostics.find(({ code }) => code === 'too-complex')
  return { cpuMs: (user + system) / 1000, phases: plan.phases.length, line: refused?.range.start.line }
}

describe('a text that would take far longer than its length explains is refused at its line, and soon', () => {
  test.each([
    ['lists in one line', '- '.repeat(20_000), 3],
    ['lists in one line, after text', `words\n\n${'- '.repeat(20_000)}x`, 5],
    ['lists in many lines', `${'- '.repeat(900)}x\n\n`.repeat(20), 3],
    ['lists by indentation', lines(400, (index) => `${'  '.repeat(index)}- x`), 402],
    ['brackets', '['.repeat(50_000), 3],
    ['comments without an end', `x ${'<!--'.repeat(20_000)}`, 3],
  ])('%s', (_, body, line) => {
    const found = outcome(HEAD + body)
    expect(found).toMatchObject({ phases: 0, line })
    expect(found.cpuMs).toBeLessThan(2_000)
  })
})

describe('what is only long is read', () => {
  test.each([
    ['20 000 definitions', lines(20_000, (index) => `[a${index}]: http://x/${index}`)],
    ['references to them', `${lines(5_000, (i) => `[a${i}]: #x`)}\n\n${lines(5_000, (i) => `See [a${i}].\n`)}`],
    ['a quote of 100 kB', '> some words in a quote, and *more* of it `code`\n'.repeat(2_000)],
    ['a table of 2 500 rows', `| a | b |\n|---|---|\n${'| some words | other words in `code` |\n'.repeat(2_500)}`],
  ])('%s', (_, body) => {
    const found = outcome(HEAD + body)
    expect(found).toMatchObject({ phases: 1, line: undefined })
    expect(found.cpuMs).toBeLessThan(5_000)
  })
})
