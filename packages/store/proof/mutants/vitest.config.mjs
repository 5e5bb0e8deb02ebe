import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** The tests that a target's mutants are tried with; they stand in `CONDUCT_MUTANTS_TESTS`, set by ../mutants.mjs. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: (process.env.CONDUCT_MUTANTS_TESTS ?? 'test/reduce.test.ts').split(','),
    env: { FORCE_COLOR: '0' },
    setupFiles: ['proof/mutants/setup.mjs'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
