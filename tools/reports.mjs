// What the suites' reports say, added up.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

/** Folders that have tests of their own. */
export function suites() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
  return [...packages, 'e2e'].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

export function forgetReports(folders) {
  for (const folder of folders) rmSync(join(root, folder, '.report'), { recursive: true, force: true })
}

/** Prints the counts of suites that ran, closes with `N passed, N failed` and sets the exit code. `status` is that of the runner. */
export function addUp(folders, status) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  console.log('')
  for (const folder of folders) {
    const { passed, failed, skipped } = countsOf(folder)
    console.log(`${folder}: ${inWords({ passed, failed, skipped })}`)
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  if (status !== 0 && total.failed === 0) total.failed = 1
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
  console.log(`\n${inWords(total)}`)
}

function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
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
