import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** The tests that a target's mutants are tried with; they stand in `CONDUCT_MUTANTS_TESTS`, set by ../mutants.mjs. Run in the package. */
export default defineConfig({
  root: process.cwd(),
  test: {
    include: (process.env.CONDUCT_MUTANTS_TESTS ?? '').split(','),
    env: { FORCE_COLOR: '0' },
    setupFiles: [join(import.meta.dirname, 'setup.mjs')],
    // A mutant that hangs fails its test by this time, before Stryker has to kill and replace its process.
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
})
