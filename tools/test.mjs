// `npm test`: sets up, runs every package's tests and the end-to-end tests through Nx, and adds the results up.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, installPackages, installPrograms, root } from './setup.mjs'

/** Folders that have tests of their own. */
function suites() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
  return [...packages, 'e2e'].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

/** Counts of a suite's report; a suite that left none counts as one failure. */
function countsOf(folder) {
  try {
    const report = JSON.parse(readFileSync(join(root, folder, '.report', 'test.json'), 'utf8'))
    const broken = report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    )
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function main() {
  installPackages()
  installPrograms()
  build()
  for (const folder of suites()) rmSync(join(root, folder, '.report'), { recursive: true, force: true })
  const env = { ...process.env, NX_DAEMON: 'false' }
  const { status } = spawnSync(
    'npx',
    ['nx', 'run-many', '-t', 'test', '--parallel=1', '--outputStyle=stream', '--nxBail=false'],
    { cwd: root, stdio: 'inherit', env },
  )
  const total = { passed: 0, failed: 0, skipped: 0 }
  console.log('')
  for (const folder of suites()) {
    const { passed, failed, skipped } = countsOf(folder)
    console.log(`${folder}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  if (status !== 0 && total.failed === 0) total.failed = 1
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  )
}

try {
  main()
} catch (error) {
  console.error(`✖ ${error.message}\n\n0 passed, 1 failed`)
  process.exitCode = 1
}
