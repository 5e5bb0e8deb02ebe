// Mutates the sources of a package and tries the tests on every mutant: node mutants.mjs [--package NAME] [--target NAME] [--files GLOB] [--concurrency N]
// What is mutated, and by which tests it is caught, is in the package's proof/mutated.mjs. Survivors that are accepted are in its proof/survivors.md, each
// with its reason; any other one fails the proof, unless the target names the share that has to be caught.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { acceptedSurvivors, describeMutant } from './mutants/survivors.mjs'

const tools = dirname(fileURLToPath(import.meta.url))
const { values: options } = parseArgs({
  options: {
    package: { type: 'string', default: 'store' },
    target: { type: 'string' },
    files: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
  },
})
const folder = join(dirname(tools), 'packages', options.package)
const targetsFile = join(folder, 'proof', 'mutated.mjs')
if (!existsSync(targetsFile)) {
  console.error(`✖ ${relative(process.cwd(), targetsFile)} is not there: nothing of this package is mutated.`)
  process.exit(1)
}
const { targets } = await import(targetsFile)

/** The targets that were asked for, each with those of its files that match. */
function chosen() {
  const glob = options.files?.split(`packages/${options.package}/`).at(-1)
  const pattern =
    glob &&
    new RegExp(
      `^${glob
        .split(/(\*\*\/?|\*)/)
        .map(asPattern)
        .join('')}$`,
    )
  return targets
    .filter(({ name }) => options.target === undefined || name === options.target)
    .map((target) => ({ ...target, files: target.files.filter((file) => !pattern || pattern.test(file)) }))
    .filter(({ files }) => files.length > 0)
}

function asPattern(part) {
  if (part.startsWith('**')) return '.*'
  return part === '*' ? '[^/]*' : part.replace(/[^\w/-]/g, '\\$&')
}

const measured = chosen()
if (measured.length === 0) {
  const all = targets.map(({ name, files }) => `  ${name}: ${files.join(' ')}`)
  console.error(`✖ No source that is mutated matches. These are:\n${all.join('\n')}`)
  process.exit(1)
}

// Mutants take every core there is for minutes; whoever works on the machine comes first.
setPriority(15)
process.chdir(folder)

// The tests make repositories by the thousand, and what git writes waits for its disk: in memory that takes no time.
const inMemory = '/dev/shm'
const scratch = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'conduct-mutants-'))
process.env.TMPDIR = scratch
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }))

const results = []
for (const { name, files, tests } of measured) {
  console.log(`\nMutating ${name}: ${files.join(' ')}`)
  process.env.CONDUCT_MUTANTS_TESTS = tests.join(',')
  const mutants = await new Stryker({
    configFile: join(tools, 'mutants', 'stryker.config.json'),
    vitest: { configFile: join(tools, 'mutants', 'vitest.config.mjs'), related: false },
    mutate: files,
    concurrency: Number(options.concurrency),
    jsonReporter: { fileName: `reports/mutants-${name}.json` },
  }).runMutationTest()
  for (const mutant of mutants) {
    const file = relative(folder, mutant.fileName).split(sep).join('/')
    results.push({ ...mutant, target: name, file, source: readFileSync(join(folder, file), 'utf8') })
  }
}

const caught = ({ status }) => status === 'Killed' || status === 'Timeout'
const survived = ({ status }) => status === 'Survived' || status === 'NoCoverage'
const score = (of) => {
  const [killed, alive] = [of.filter(caught).length, of.filter(survived).length]
  const percent = killed + alive === 0 ? 'no mutants' : `${((100 * killed) / (killed + alive)).toFixed(1)} %`
  const late = of.filter(({ status }) => status === 'Timeout').length
  return `${percent} killed (${killed} of ${killed + alive}${late > 0 ? `, ${late} of them by running out of time` : ''})`
}

console.log('\nScores')
for (const { name, files } of measured) {
  console.log(`  ${name}: ${score(results.filter(({ target }) => target === name))}`)
  for (const each of files) console.log(`    ${each}: ${score(results.filter(({ file }) => file === each))}`)
}

const survivorsFile = join(folder, 'proof', 'survivors.md')
const accepted = existsSync(survivorsFile) ? acceptedSurvivors(readFileSync(survivorsFile, 'utf8')) : []
const survivors = results.filter(survived).map((mutant) => ({ ...mutant, text: describeMutant(mutant, mutant.source) }))
const known = ({ file, text }) => accepted.some((entry) => entry.file === file && entry.text === text)
const open = survivors.filter((survivor) => !known(survivor))
/** Targets that are content with a share: those that caught less of their mutants. */
const shareOf = (of) =>
  of.filter(caught).length / Math.max(1, of.filter((each) => caught(each) || survived(each)).length)
const shared = new Set(measured.filter(({ least }) => least !== undefined).map(({ name }) => name))
const below = measured.filter(
  ({ name, least }) => least !== undefined && shareOf(results.filter(({ target }) => target === name)) < least,
)
for (const { name, least } of below) console.log(`\n✖ ${name}: less than ${100 * least} % of its mutants are caught`)
for (const { file, text, status, location, target } of open) {
  console.log(
    `\n${shared.has(target) ? '·' : '✖'} ${file}:${location.start.line} ${status === 'NoCoverage' ? '(no test runs it)' : ''}\n- ${text}`,
  )
}
const stale = accepted.filter(
  ({ file, text }) =>
    measured.some(({ files }) => files.includes(file)) &&
    !survivors.some((each) => each.file === file && each.text === text),
)
for (const { file, text } of stale) console.log(`\n✖ survivors.md accepts what did not survive: ${file}\n- ${text}`)

const broken = results.filter(({ status }) => status === 'RuntimeError' || status === 'CompileError')
for (const { file, statusReason } of broken) console.log(`\n✖ ${file}: a mutant could not be tried: ${statusReason}`)

const passed = results.filter(caught).length
const failed = open.filter(({ target }) => !shared.has(target)).length + below.length + stale.length + broken.length
console.log(
  `\n${survivors.length} survived, ${survivors.length - open.length} of them accepted in packages/${options.package}/proof/survivors.md`,
)
console.log(`${score(results)}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
