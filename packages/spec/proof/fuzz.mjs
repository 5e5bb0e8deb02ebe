// Feeds the compiler mutated specs and random Markdown: node fuzz.mjs [--count 50000] [--seed N] [DIR]
// No input may crash it, take more than a second, or bring a phase out of a fence.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, formatDiagnostics, planToDot, planToJson, planToMermaid, planToTable } from '../dist/index.js'
import { mutate, randomFrom, SCRAPS } from './mutation.mjs'

const options = process.argv.slice(2)
const option = (name, fallback) => {
  const at = options.indexOf(name)
  return at < 0 ? fallback : Number(options.splice(at, 2)[1])
}
const count = option('--count', 50_000)
const seed = option('--seed', 1)
const here = dirname(fileURLToPath(import.meta.url))
const dir = resolve(options[0] ?? join(here, '../test/fixtures/corpus'))

const random = randomFrom(seed)
const below = (limit) => Math.floor(random() * limit)
const pick = (list) => list[below(list.length)]

const texts = readdirSync(dir, { recursive: true })
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => readFileSync(join(dir, name), 'utf8'))
const MARK = 'zz9fenced'

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
  let text = run % 3 === 0 || texts.length === 0 ? randomMarkdown() : mutate(pick(texts), random)
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
