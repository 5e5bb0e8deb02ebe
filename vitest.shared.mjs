import { execFileSync } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Where tests make their repositories. git waits for the disk at every object and ref, and so would they; memory keeps the
 * promises that tests look at just as well. Not every system lets programs run there.
 */
function folderInMemory() {
  const memory = '/dev/shm'
  let probe
  try {
    accessSync(memory, constants.W_OK)
    probe = mkdtempSync(join(memory, 'nx-conduct-probe-'))
    const program = join(probe, 'program')
    writeFileSync(program, '#!/bin/sh\nexit 0\n')
    chmodSync(program, 0o755)
    execFileSync(program)
    return memory
  } catch {
    return tmpdir()
  } finally {
    if (probe !== undefined) rmSync(probe, { recursive: true, force: true })
  }
}

/** The settings every package's tests share: sources instead of builds, and a report that `npm test` adds up. */
export default defineConfig({
  resolve: { conditions: ['@nx-conduct/source'] },
  ssr: { resolve: { conditions: ['@nx-conduct/source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    env: {
      // Nx colours what it streams; what child processes of a test print is compared as plain text.
      FORCE_COLOR: '0',
      TMPDIR: process.env.TMPDIR ?? folderInMemory(),
    },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: '.report/test.json' }]],
  },
})
