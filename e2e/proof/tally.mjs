/** Prints a line per case and counts; `close` prints the closing line and sets the exit code. */
export function makeTally(print = console.log) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const startedMs = performance.now()
  return {
    /** @param {readonly string[]} problems none: passed */
    ended(name, problems, evidence = '') {
      if (problems.length === 0) {
        counts.passed += 1
        print(`✔ ${name}`)
        return
      }
      counts.failed += 1
      print(`✖ ${name}\n${problems.map((line) => `    ${line}`).join('\n')}`)
      if (evidence !== '') print(evidence.replaceAll(/^/gm, '    | '))
    },
    skipped(name, why) {
      counts.skipped += 1
      print(`- ${name}\n    skipped: ${why}`)
    },
    /** @param {{ mostSkipped?: number }} [options] skipped cases are told, and more than so many are a failure */
    close({ mostSkipped } = {}) {
      const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1)
      const skipped = mostSkipped === undefined ? '' : `, ${counts.skipped} skipped`
      print(`${counts.passed} passed, ${counts.failed} failed${skipped} (${minutes} minutes)`)
      process.exitCode = counts.failed === 0 && counts.skipped <= (mostSkipped ?? 0) ? 0 : 1
    },
  }
}

/** Performs the cases, `width` at a time; `act` gets the number of its lane. */
export async function sideBySide(cases, width, act) {
  const left = [...cases]
  const lane = async (number) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next, number)
  }
  await Promise.all(Array.from({ length: width }, (_, number) => lane(number)))
}
