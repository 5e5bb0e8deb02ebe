import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'

/**
 * What a package's own tests run of its files, in vitest's figures (`lines`, `branches`: `pct`, `covered`, `total`) by
 * path from the package's folder; `total` for all of them. Throws when a test fails.
 *
 * @param {string} folder the package's folder
 * @param {readonly string[]} include paths or globs from there
 */
export function measureCoverage(folder, include) {
  const report = mkdtempSync(join(tmpdir(), 'nx-conduct-coverage-'))
  try {
    const tests = spawnSync(
      'npx',
      [
        'vitest',
        'run',
        '--coverage.enabled',
        '--coverage.reporter=json-summary',
        `--coverage.reportsDirectory=${report}`,
        ...include.map((path) => `--coverage.include=${path}`),
      ],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    )
    if (tests.status !== 0) throw new Error(`the tests failed, so nothing is measured:\n${tests.stdout.slice(-4_000)}`)
    const summary = JSON.parse(readFileSync(join(report, 'coverage-summary.json'), 'utf8'))
    return new Map(
      Object.entries(summary).map(([path, share]) => [
        path === 'total' ? path : relative(folder, path).split(sep).join('/'),
        share,
      ]),
    )
  } finally {
    rmSync(report, { recursive: true, force: true })
  }
}

/** Prints one row and returns whether it reaches the least shares. A path that was not measured does not. */
export function reaches(label, share, least) {
  const holds = Object.entries(least).every(([kind, pct]) => share?.[kind]?.pct >= pct)
  const figures = Object.keys(least).map(
    (kind) => `${kind} ${share?.[kind]?.pct} % (${share?.[kind]?.covered} of ${share?.[kind]?.total})`,
  )
  console.log(`${holds ? '✔' : '✖'} ${label}  ${figures.join('  ')}`)
  return holds
}
