// Feeds the compiler mutated specs and random Markdown: node fuzz.mjs [--count 50000] [--seed N] [DIR]
// No input may crash it, take more than a second, or bring a phase out of a fence.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, formatDiagnostics, planToDot, planToJson, planToMermaid, planToTable } from '../dist/index.js'

const options = process.argv.slice(2)
const option = (name, fallback) => {
  const at = options.indexOf(name)
  return at < 0 ? fallback : Number(options.splice(at, 2)[1])
}
const count = option('--count', 50_000)
const seed = option('--seed', 1)
const here = dirname(fileURLToPath(import.meta.url))
const dir = resolve(options[0] ?? join(here, '../test/fixtures/corpus'))

/** A small generator of pseudo-random numbers (mulberry32), so that a seed names a run. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
const random = generator(seed)
const below = (limit) => Math.floor(random() * limit)
const pick = (list) => list[below(list.length)]

const texts = readdirSync(dir, { recursive: true })
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => readFileSync(join(dir, name), 'utf8'))
const MARK = 'zz9fenced'
const SCRAPS = [
  '\n',
  '\n\n',
  '  ',
  '\t',
  '    ',
  '# ',
  '## ',
  '### ',
  '- ',
  '* ',
  '1. ',
  '> ',
  '```\n',
  '````md\n',
  '~~~\n',
  '<!--',
  '-->',
  '<details>\n',
  '</details>\n',
  '---\n',
  '***\n',
  '**',
  '__',
  '`',
  '``',
  '[',
  ']',
  '(',
  ')',
  '|',
  '| a | b |\n|---|---|\n',
  '\\',
  '&amp;',
  '&#10;',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  '🎯',
  'é',
  '‮',
  'Phase 1: A',
  '### Phase 2.1 — B\n',
  '## Implementation Phases\n',
  '**Depends on:** Phases 1-3\n',
  'Depends On: Phase 2\n',
  'Test Command: `npm test`\n',
  'Modules: a, b (b/**)\n',
  'Success Criteria:\n- `x` exits 0\n- a/*.b exists\n',
  '- [ ] **Phase 3**: C\n',
  '---\nbudget: { turns: 1 }\n---\n',
  'a: &a [*a, *a]\n',
  '__proto__: 1\n',
  '[a]: b\n',
  '<pre>',
  '<script>\n',
  ':',
  '(((((',
  '[[[[[',
  '*****',
  '_____',
  '-----',
  '=====\n',
]

function mutate(text) {
  let out = text
  if (out.length > 4000 && random() < 0.8) {
    const start = below(out.length - 2000)
    out = out.slice(start, start + 500 + below(3500))
  }
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const at = below(out.length + 1)
    const length = below(40)
    switch (below(6)) {
      case 0:
        out = out.slice(0, at) + pick(SCRAPS) + out.slice(at)
        break
      case 1:
        out = out.slice(0, at) + out.slice(at + length)
        break
      case 2: {
        const from = below(out.length + 1)
        out = out.slice(0, at) + out.slice(from, from + length * 8) + out.slice(at)
        break
      }
      case 3:
        out = out.slice(0, at) + pick(SCRAPS).repeat(1 + below(50)) + out.slice(at)
        break
      case 4: {
        const lines = out.split('\n')
        const line = below(lines.length)
        lines.splice(line, 1, ...(random() < 0.5 ? [] : [lines[below(lines.length)] ?? '']))
        out = lines.join('\n')
        break
      }
      default:
        out = out.slice(0, at) + String.fromCharCode(below(random() < 0.8 ? 0x300 : 0x10000)) + out.slice(at + 1)
    }
  }
  return out
}

function randomMarkdown() {
  let out = random() < 0.5 ? '## Phases\n' : ''
  for (let parts = below(60); parts > 0; parts--)
    out += random() < 0.6 ? pick(SCRAPS) : Math.floor(random() * 1e9).toString(36)
  return out
}

/** Puts a phase into a fence that stands at the top of a text: it must not come out. */
function withFence(text) {
  const fence = pick(['```', '````', '~~~', '`````'])
  const other = fence[0] === '~' ? '```' : '~~~'
  const inside = [
    `## Implementation Phases\n`,
    `### Phase 77: ${MARK}\n`,
    `- **Phase 78: ${MARK}**\n`,
    `${other}\n`,
    '<!--\n',
    '- x\n',
    `1. Phase 79: ${MARK}\n`,
  ]
  let block = `${fence}${pick(['', 'md', 'markdown', ' text'])}\n`
  for (let lines = 1 + below(6); lines > 0; lines--) block += pick(inside)
  const closed = random() < 0.7
  const rest = text.replaceAll(MARK, '').replace(/^\ufeff/, '')
  // What is behind an unclosed fence is inside it; before the fence, nothing may be open that would swallow or end it.
  return closed ? `${block}${fence}\n\n${rest}` : `# T\n\n## Phases\n\n${block}`
}

let failed = 0
let slowest = 0
const report = (text, why) => {
  failed++
  if (failed <= 10) console.log(`FAIL  ${why}\n${JSON.stringify(text).slice(0, 2000)}`)
}
const started = performance.now()
for (let run = 0; run < count; run++) {
  let text = run % 3 === 0 || texts.length === 0 ? randomMarkdown() : mutate(pick(texts))
  if (run % 4 === 0) text = withFence(text)
  const start = performance.now()
  try {
    const plan = compile(text)
    if (plan.phases.some((phase) => phase.title.includes(MARK))) report(text, 'a phase came out of a fence')
    for (const finding of plan.diagnostics) {
      const { start: from, end: to } = finding.range
      if (
        !(
          from.offset >= 0 &&
          to.offset >= from.offset &&
          to.offset <= text.length &&
          from.line >= 1 &&
          from.column >= 1
        )
      )
        report(text, `range of ${finding.code} is outside the text`)
    }
    if (run % 10 === 0) {
      formatDiagnostics(plan.diagnostics, { text, path: 'SPEC.md', color: true })
      JSON.stringify(planToJson(plan))
      planToTable(plan)
      planToMermaid(plan)
      planToDot(plan)
    }
  } catch (error) {
    report(text, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  let took = performance.now() - start
  // A busy machine can make anything slow once; what hangs is slow every time.
  for (let again = 0; took > 1000 && again < 3; again++) {
    const repeated = performance.now()
    compile(text)
    took = Math.min(took, performance.now() - repeated)
  }
  slowest = Math.max(slowest, took)
  if (took > 1000) report(text, `took ${took.toFixed(0)} ms`)
}
console.log(
  `${count} inputs from seed ${seed} in ${((performance.now() - started) / 1000).toFixed(0)} s, slowest ${slowest.toFixed(0)} ms`,
)
console.log(`${count - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
