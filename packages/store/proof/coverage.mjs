// What the store's tests run of the files that mutants measure: node coverage.mjs
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { targets } from './mutants/targets.mjs'

/** Least share of a file's lines and of its branches, in percent. */
const least = { lines: 90, branches: 85 }

const folder = dirname(dirname(fileURLToPath(import.meta.url)))
const report = mkdtempSync(join(tmpdir(), 'nx-conduct-coverage-'))
try {
  const files = targets.flatMap((target) => target.files.map((file) => ({ target: target.name, file })))
  const tests = spawnSync(
    'npx',
    [
      'vitest',
      'run',
      '--coverage.enabled',
      '--coverage.reporter=json-summary',
      `--coverage.reportsDirectory=${report}`,
      ...files.map(({ file }) => `--coverage.include=${file}`),
    ],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (tests.status !== 0) throw new Error(`the tests failed, so nothing is measured:\n${tests.stdout.slice(-4_000)}`)
  const summary = JSON.parse(readFileSync(join(report, 'coverage-summary.json'), 'utf8'))
  const shares = new Map(
    Object.entries(summary).map(([path, share]) => [relative(folder, path).split(sep).join('/'), share]),
  )
  let failed = 0
  for (const { target, file } of files) {
    const { lines, branches } = shares.get(file) ?? {}
    const holds = lines?.pct >= least.lines && branches?.pct >= least.branches
    if (!holds) failed += 1
    console.log(
      `${holds ? '✔' : '✖'} ${target.padEnd(9)} ${file.padEnd(28)} lines ${lines?.pct} % (${lines?.covered} of ${lines?.total})  branches ${branches?.pct} % (${branches?.covered} of ${branches?.total})`,
    )
  }
  console.log(`${files.length - failed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
} finally {
  rmSync(report, { recursive: true, force: true })
}
