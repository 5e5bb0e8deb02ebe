// What the conductor's own tests, without Nx, run of its sources.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureCoverage, reaches } from '../../../tools/measure-coverage.mjs'

/** Least share of all lines, and of each folder's, in percent. */
const least = { lines: 90 }
const leastOfFolder = { lines: 85 }

const folder = dirname(dirname(fileURLToPath(import.meta.url)))

/** Whether the whole and each folder reach their shares. */
export function conductorRows() {
  const shares = measureCoverage(folder, ['src/**/*.ts'])
  const folders = new Map()
  for (const [path, { lines }] of shares) {
    if (path === 'total') continue
    const name = dirname(path)
    const sum = folders.get(name) ?? { covered: 0, total: 0 }
    folders.set(name, { covered: sum.covered + lines.covered, total: sum.total + lines.total })
  }
  const rows = [...folders].sort().map(([name, { covered, total }]) => {
    const pct = total === 0 ? 100 : Math.round((covered / total) * 10_000) / 100
    return reaches(`conductor  ${name.padEnd(42)}`, { lines: { pct, covered, total } }, leastOfFolder)
  })
  return [...rows, reaches(`conductor  ${'in all'.padEnd(42)}`, shares.get('total'), least)]
}
