import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const inMemory = '/dev/shm'
const leastBytes = 2 ** 31

/** Whether temporary repositories fit into memory, and programs in them can be started there. */
function canHoldRepositories() {
  try {
    const { bavail, bsize } = statfsSync(inMemory)
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === inMemory)
    return bavail * bsize >= leastBytes && mount !== undefined && !mount.includes('noexec')
  } catch {
    return false
  }
}

/**
 * The settings every package's tests share: sources instead of builds, and a report that `npm test` adds up. Tests make
 * repositories by the hundred and mostly wait for git, which waits for its disk: in memory that takes no time, and one more
 * file than there are cores runs while another waits. `TMPDIR` wins.
 */
export default defineConfig({
  resolve: { conditions: ['@nx-conduct/source'] },
  ssr: { resolve: { conditions: ['@nx-conduct/source', 'node', 'import', 'module', 'default'] } },
  test: {
    // `npm run proof -- long` runs those that take longer than a check of every change may.
    ...(process.env.LONG_TESTS === undefined
      ? { include: ['test/**/*.test.ts'], exclude: ['test/**/*.long.test.ts'] }
      : { include: ['test/**/*.long.test.ts'] }),
    maxWorkers: availableParallelism() + 1,
    env: {
      // Nx colours what it streams; what child processes of a test print is compared as plain text.
      FORCE_COLOR: '0',
      ...(process.env.TMPDIR === undefined && canHoldRepositories() ? { TMPDIR: inMemory } : {}),
    },
    // For a test that hangs. Machines differ by a factor of four in what starting git costs.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: '.report/test.json' }]],
  },
})
