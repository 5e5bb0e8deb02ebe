// Every line of a spec is accounted for, and no slip of the pen is silent: node coverage-of-text.mjs [--count 20000] [--seed N] [DIR]
// The corpora as they are, then mutated: nothing lost, and what a line is said to have become is there. Then headings' markers, labels'
// colons and fences' ends are deleted one by one: the plan has the same facts, or a new warning stands at the place.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, coverageOf } from '../dist/index.js'
import { fieldOf } from '../dist/label.js'
import { generator } from './generator.mjs'
import { mutate } from './mutation.mjs'
import { slipsOf } from './slips.mjs'

const options = process.argv.slice(2)
const option = (name, fallback) => {
  const at = options.indexOf(name)
  return at < 0 ? fallback : Number(options.splice(at, 2)[1])
}
const count = option('--count', 20_000)
const { random } = generator(option('--seed', 1))
const here = dirname(fileURLToPath(import.meta.url))
const dirs = [join(here, '../test/fixtures'), ...options.map((dir) => resolve(dir))]

const specs = dirs.flatMap((dir) =>
  readdirSync(dir, { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(dir, name), 'utf8') })),
)

let passed = 0
let failed = 0
function report(name, problems, text) {
  if (problems.length === 0) {
    passed++
    return
  }
  failed++
  if (failed <= 15)
    console.log(
      `FAIL  ${name}\n        ${problems.slice(0, 3).join('\n        ')}${text === undefined ? '' : `\n        ${JSON.stringify(text).slice(0, 1500)}`}`,
    )
}

/** The words of a text, for finding them again elsewhere. */
function wordsOf(text) {
  return text.normalize('NFC').match(/[\p{L}\p{N}]{4,}/gu) ?? []
}

/** Where a line of that fate has to be found in the plan; undefined for values that are read as something else than text. */
function placeOf(plan, fate) {
  if (fate.kind === 'context') return plan.context.map(({ markdown }) => markdown).join('\n')
  const phase = 'phase' in fate ? plan.phases.find(({ id }) => id === fate.phase) : undefined
  if (phase === undefined) return undefined
  if (fate.kind === 'description') return phase.description
  if (fate.kind !== 'field') return undefined
  switch (fate.field) {
    case 'tasks':
      return phase.tasks.map(({ text }) => text).join('\n')
    case 'criteria':
      return phase.criteria.map(({ text }) => text).join('\n')
    case 'gotchas':
      return phase.gotchas.join('\n')
    default:
      return undefined
  }
}

function isLabel(line) {
  const words = line.replace(/^[\s>]*(?:[-*+]|\d+[.)])?\s*/, '').replace(/[*_`]/g, '')
  const label = words.split(':')[0] ?? ''
  return [words, words.split('|')[1] ?? '', label, label.replace(/\s*\(.*/, '')].some(
    (each) => fieldOf(each) !== undefined,
  )
}

/** What is not accounted for, or is not where it is said to be. Lines that have markup, several fates or a label among them are not looked for. */
function unaccounted(text) {
  const coverage = coverageOf(text)
  const problems = coverage.lost.map(
    (line) => `line ${line} is lost: ${JSON.stringify(coverage.lines[line - 1]?.text.slice(0, 100))}`,
  )
  const found = new Map()
  for (const { line, text: shown, fates, codes } of coverage.lines) {
    // The head of a table and a label say what the values are, and are none.
    if (/^[\s:|]*-[\s:|-]*$/.test(coverage.lines[line]?.text ?? '') || isLabel(shown)) continue
    const [fate] = fates
    if (fate === undefined || fates.length > 1 || codes.length > 0 || /[<>&\\[\]~]|:[*_]*(?:\s|$)|^\s*#/.test(shown))
      continue
    const key = JSON.stringify(fate)
    if (!found.has(key)) {
      const place = placeOf(coverage.plan, fate)
      found.set(key, place === undefined ? undefined : new Set(wordsOf(place.replace(/[*_]/g, ''))))
    }
    const there = found.get(key)
    // Where nothing is listed, nothing is what the plan holds.
    const missing =
      there === undefined || /^\W*none\W*$/i.test(shown)
        ? []
        : wordsOf(shown.replace(/[*_]/g, '')).filter((word) => !there.has(word))
    if (missing.length > 0)
      problems.push(
        `line ${line} is said to be ${key}, where "${missing[0]}" is not: ${JSON.stringify(shown.slice(0, 100))}`,
      )
  }
  return problems
}

/** What runs and what agents are told, without places and running text. */
function factsOf(plan) {
  return JSON.stringify(
    plan.phases.map(({ range, digest, description, notes, tasks, modules, testCommands, criteria, ...rest }) => ({
      ...rest,
      tasks: tasks.map(({ text, checked }) => [text, checked]),
      modules: modules.map(({ name, paths, implicit }) => [name, paths, implicit]),
      testCommands: testCommands.map(({ command }) => command),
      criteria: criteria.map(({ range: _, ...typed }) => typed),
    })),
  )
}

/** Whether a slip changed the plan without a word near it. */
function silent(before, slip) {
  // A plan with an error is not run.
  if (before.diagnostics.some(({ severity }) => severity === 'error')) return []
  const after = compile(slip.text)
  if (after.diagnostics.some(({ severity }) => severity === 'error')) return []
  if (factsOf(before) === factsOf(after)) return []
  const grave = (plan) => plan.diagnostics.filter(({ severity }) => severity !== 'info')
  const known = new Set(grave(before).map(({ code, message, range }) => `${range.start.line} ${code} ${message}`))
  const lineBefore = ({ range: { start } }) => start.line + (slip.shorter && start.line >= slip.line ? 1 : 0)
  const added = grave(after).filter(
    (finding) => !known.has(`${lineBefore(finding)} ${finding.code} ${finding.message}`),
  )
  const near = ({ code, range: { start } }) =>
    (start.line >= slip.from - 3 && start.line <= slip.to + 3) ||
    // Which of several fences lost its end cannot be told: what is reported is the one that is left open.
    (slip.what === "a fence's end" && code === 'unclosed-fence' && start.line >= slip.from)
  if (added.some(near)) return []
  return [`${slip.what} deleted at line ${slip.line} is silent: ${JSON.stringify(slip.shown.slice(0, 120))}`]
}

for (const { name, text } of specs) {
  const unread = compile(text).diagnostics.filter(({ code }) => code === 'unread-text')
  report(name, [...unaccounted(text), ...unread.map(({ range }) => `line ${range.start.line} is read nowhere`)])
}
console.log(`${specs.length} specs as they are: ${failed} failed`)

const slips = specs.flatMap(({ name, text }) => {
  const coverage = coverageOf(text)
  return slipsOf(coverage).map((slip) => ({ name, before: coverage.plan, slip }))
})
let slipsFailed = failed
for (const { name, before, slip } of slips) report(name, [...silent(before, slip), ...unaccounted(slip.text)])
console.log(`${slips.length} markers, colons and fences' ends deleted: ${failed - slipsFailed} failed`)

slipsFailed = failed
const texts = specs.map(({ text }) => text)
let mutated = 0
for (; mutated < count; mutated++) {
  const text = mutate(texts[Math.floor(random() * texts.length)], random)
  // Every fourth one loses something of its own as well.
  const coverage = mutated % 4 === 0 ? coverageOf(text) : undefined
  const own =
    coverage === undefined || coverage.plan.diagnostics.some(({ severity }) => severity !== 'info')
      ? []
      : slipsOf(coverage)
  const slip = own[Math.floor(random() * own.length)]
  const problems = slip === undefined ? unaccounted(text) : [...silent(coverage.plan, slip), ...unaccounted(slip.text)]
  report(`mutated spec ${mutated}`, problems, text)
}
console.log(`${mutated} mutated specs: ${failed - slipsFailed} failed`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
