// Reads every file of a corpus and compares the plan with the corpus's own expected.json: node corpus.mjs [DIR]
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../dist/index.js'
import { differences } from './expected.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const dir = resolve(process.argv[2] ?? join(here, '../test/fixtures/corpus'))

const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8'))
let passed = 0
let failed = 0
for (const [file, answer] of Object.entries(expected)) {
  let found
  try {
    found = differences(compile(readFileSync(join(dir, file), 'utf8')), answer)
  } catch (error) {
    found = [error instanceof Error ? error.message : String(error)]
  }
  if (found.length === 0) passed++
  else failed++
  console.log(`${found.length === 0 ? 'pass' : 'FAIL'}  ${file}`)
  for (const difference of found) console.log(`        ${difference}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
