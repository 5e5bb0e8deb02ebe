import { spawnSync } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mustBeRoot, Skipped } from '../stage.mjs'

/** A file system of its own in the scene's folder; gone at the end of the row. */
export async function mounted(scene, name, options = []) {
  mustBeRoot('mount a file system')
  const folder = join(scene.folder, name)
  await mkdir(folder, { recursive: true })
  mount(scene, ['-t', 'tmpfs', ...options, 'tmpfs', folder], folder)
  return folder
}

/** Makes a folder read-only, also for root; gives what undoes it. */
export function sealed(scene, folder) {
  mustBeRoot('mount a file system')
  mount(scene, ['--bind', folder, folder], folder)
  spawnSync('mount', ['-o', 'remount,bind,ro', folder])
  return () => spawnSync('umount', ['--lazy', folder])
}

function mount(scene, args, folder) {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Skipped(`no file system can be mounted here: ${stderr.trim()}`)
  scene.atEnd(() => spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' }))
}

/** Fills a file system; gives what empties it again. */
export async function fill(folder) {
  const file = join(folder, 'filler')
  const handle = await open(file, 'w')
  try {
    for (const block of [1 << 16, 1 << 12, 1]) {
      for (;;) {
        try {
          const { bytesWritten } = await handle.write(Buffer.alloc(block))
          if (bytesWritten < block) break
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error
          break
        }
      }
    }
  } finally {
    await handle.close()
  }
  return () => rm(file)
}
