import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** The tests that a target's mutants are tried with; they stand in `CONDUCT_MUTANTS_TESTS`, set by ../mutants.mjs. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: (process.env.CONDUCT_MUTANTS_TESTS ?? 'test/reduce.test.ts').split(','),
    env: { FORCE_COLOR: '0' },
    setupFiles: ['proof/mutants/setup.mjs'],
    // A mutant that hangs fails its test by this time, before Stryker has to kill and replace its process.
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
})
