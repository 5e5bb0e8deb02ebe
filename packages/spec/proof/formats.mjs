// Imports every plan of a folder, compiles what was written, and compares it with the folder's own expected.json: node formats.mjs [DIR]
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importPlan } from '../dist/index.js'
import { importDifferences } from './expected-import.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const args = process.argv.slice(2)
const show = args.includes('--show')
const dir = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(here, '../test/fixtures/formats'))

const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8'))
let passed = 0
let failed = 0
for (const [file, answer] of Object.entries(expected)) {
  let found
  let imported
  try {
    imported = importPlan(sourceOf(file, answer.tag))
    found = importDifferences(imported, answer)
  } catch (error) {
    found = [error instanceof Error ? error.message : String(error)]
  }
  if (found.length === 0) passed++
  else failed++
  console.log(
    `${found.length === 0 ? 'pass' : 'FAIL'}  ${file}${imported === undefined ? '' : `  (${imported.formatName})`}`,
  )
  for (const difference of found) console.log(`        ${difference}`)
  if (show && imported !== undefined) {
    console.log(`\n${imported.spec}`)
    for (const { lines, what, instead } of imported.lost) console.log(`  ${lines.join(', ')}: ${what} – ${instead}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

/** A sample and the files of a folder of its name (`x.md`, `x.beside/plan.md`) as its neighbours. */
function sourceOf(file, tag) {
  const beside = new Map()
  const folder = join(dir, `${file}.beside`)
  for (const name of listOf(folder)) beside.set(name, readFileSync(join(folder, name), 'utf8'))
  return {
    text: readFileSync(join(dir, file), 'utf8'),
    name: file.split('/').at(-1),
    beside,
    ...(tag === undefined ? {} : { tag }),
  }
}

function listOf(folder) {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}
