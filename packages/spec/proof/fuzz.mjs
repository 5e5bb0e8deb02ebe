// Feeds the compiler mutated specs and random Markdown: node fuzz.mjs [--count 50000] [--large 300] [--seed N] [DIR]
// No input may crash it, take more than two seconds of CPU or 300 MB, or bring a phase out of a fence.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, formatDiagnostics, planToDot, planToJson, planToMermaid, planToTable } from '../dist/index.js'
import { generator } from './generator.mjs'
import { mutate, SCRAPS } from './mutation.mjs'

const options = process.argv.slice(2)
const option = (name, fallback) => {
  const at = options.indexOf(name)
  return at < 0 ? fallback : Number(options.splice(at, 2)[1])
}
const count = option('--count', 50_000)
const large = option('--large', 300)
const seed = option('--seed', 1)
const here = dirname(fileURLToPath(import.meta.url))
const dir = resolve(options[0] ?? join(here, '../test/fixtures/corpus'))

const { random, below, pick } = generator(seed)

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

const CPU_MS = 2_000
const MEMORY_MB = 300
const cpuSince = (before) => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
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
  const start = process.cpuUsage()
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
  let took = cpuSince(start)
  // A collection of garbage can make anything slow once; what hangs is slow every time.
  for (let again = 0; took > CPU_MS && again < 3; again++) {
    const repeated = process.cpuUsage()
    compile(text)
    took = Math.min(took, cpuSince(repeated))
  }
  slowest = Math.max(slowest, took)
  if (took > CPU_MS) report(text, `took ${took.toFixed(0)} ms of CPU`)
}
let largestMs = 0
let largestMb = 0
let refused = 0
for (let run = 0; run < large; run++) {
  const one = Math.floor(random() * 2 ** 31)
  const size = Math.round(20_000 * 50 ** random())
  const call = [join(here, 'fuzz-large.mjs'), String(one), String(size)]
  const child = spawnSync(process.execPath, call, { encoding: 'utf8', timeout: 120_000 })
  const show = `SHOW_TEXT=1 node packages/spec/proof/fuzz-large.mjs ${one} ${size}`
  if (child.status !== 0) {
    report(show, child.error?.message ?? child.stderr)
    continue
  }
  const took = JSON.parse(child.stdout)
  largestMs = Math.max(largestMs, took.cpuMs)
  largestMb = Math.max(largestMb, took.memoryMb)
  if (took.refused !== undefined) refused++
  if (took.cpuMs > CPU_MS || took.memoryMb > MEMORY_MB) report(show, child.stdout)
}
console.log(
  `${count} inputs up to 4 kB from seed ${seed} in ${((performance.now() - started) / 1000).toFixed(0)} s, slowest ${slowest.toFixed(0)} ms of CPU`,
)
console.log(
  `${large} inputs up to 1 MB, ${refused} of them refused as too complex; slowest ${largestMs} ms of CPU, largest ${largestMb} MB`,
)
console.log(`${count + large - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
