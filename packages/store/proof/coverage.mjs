// What the store's tests run of the files that mutants measure.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureCoverage, reaches } from '../../../tools/measure-coverage.mjs'
import { targets } from './mutated.mjs'

/** Least share of a file's lines and of its branches, in percent. */
const least = { lines: 90, branches: 85 }

const folder = dirname(dirname(fileURLToPath(import.meta.url)))

/** Whether each file reaches its shares. */
export function storeRows() {
  const files = targets.flatMap((target) => target.files.map((file) => ({ target: target.name, file })))
  const shares = measureCoverage(
    folder,
    files.map(({ file }) => file),
  )
  return files.map(({ target, file }) =>
    reaches(`store      ${target.padEnd(9)} ${file.padEnd(32)}`, shares.get(file), least),
  )
}
