import { defineConfig } from 'vitest/config'

/** The settings every package's tests share: sources instead of builds, and a report that `npm test` adds up. */
export default defineConfig({
  resolve: { conditions: ['@nx-conduct/source'] },
  ssr: { resolve: { conditions: ['@nx-conduct/source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Nx colours what it streams; what child processes of a test print is compared as plain text.
    env: { FORCE_COLOR: '0' },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: '.report/test.json' }]],
  },
})
