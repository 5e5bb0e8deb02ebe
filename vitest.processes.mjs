import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { mergeConfig } from 'vitest/config'
import shared from './vitest.shared.mjs'

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
 * For tests that mostly wait for git: they make repositories by the hundred, and what git writes waits for its disk. In
 * memory that takes no time, and one more file than there are cores runs while another waits. `TMPDIR` wins.
 */
export default mergeConfig(shared, {
  test: {
    maxWorkers: availableParallelism() + 1,
    ...(process.env.TMPDIR === undefined && canHoldRepositories() ? { env: { TMPDIR: inMemory } } : {}),
  },
})
