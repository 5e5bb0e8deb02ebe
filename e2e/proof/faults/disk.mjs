import { spawnSync } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mustBeRoot, Skipped } from '../stage.mjs'
import { mustHaveStruck, tracedGit } from '../traced-git.mjs'

const both = ['git', 'redis']

/** A small file system of its own for everything a run writes. */
async function smallDisk(stage) {
  mustBeRoot('mount a file system')
  const folder = join(stage.folder, 'disk')
  await mkdir(folder, { recursive: true })
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Skipped(`no file system can be mounted here: ${stderr.trim()}`)
  stage.atEnd(() => {
    spawnSync('umount', ['--lazy', folder])
  })
  return folder
}

/** Fills a file system until so many bytes are left; gives what empties it again. */
async function fill(folder, leave) {
  const file = join(folder, 'filler')
  const handle = await open(file, 'w')
  let size = 0
  try {
    for (const block of [1 << 16, 1 << 12]) {
      for (;;) {
        try {
          const { bytesWritten } = await handle.write(Buffer.alloc(block))
          size += bytesWritten
          if (bytesWritten < block) break
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error
          break
        }
      }
    }
    await handle.truncate(Math.max(0, size - leave))
  } finally {
    await handle.close()
  }
  return () => rm(file)
}

const full = [0, 60_000, 200_000].map((leave) => ({
  name: `the disk is full, ${leave} bytes on`,
  stores: both,
  async prove(stage) {
    const disk = await smallDisk(stage)
    await stage.open({ top: join(disk, 'here') })
    const run = await stage.stoppedAt('after-step.started:2/integrate#1')
    const empty = await fill(disk, leave)
    run.kill('SIGCONT')
    const { code } = await stage.endOf(run)
    if (code === 0) stage.expect(leave > 0, 'a run on a full disk succeeded')
    else stage.says(run, /No space left on device|ENOSPC|If the disk is full, free some space/)
    await empty()
    await stage.holdsAnytime()
    await stage.resumes()
    await stage.holds()
  },
}))

/** The long-lived processes that write the log, with a disk that fails now and then. */
const failing = [
  ['update-ref', 'a ref'],
  ['hash-object', 'an object'],
].map(([command, what]) => ({
  name: `the disk fails (EIO) when ${what} of the log is written`,
  stores: both,
  async prove(stage) {
    await stage.open()
    const condition = `case "$*" in *${command}*--stdin*) true;; *) false;; esac`
    const env = await tracedGit(stage, condition, 'fsync,fdatasync,sync_file_range', 'fsync:error=EIO:when=9')
    const run = stage.run({ env })
    const { code } = await stage.endOf(run)
    await mustHaveStruck(stage)
    stage.expect(code === 0 || code === 1, `the run ended with ${code}`)
    if (code === 1) stage.says(run, /Input\/output error|EIO|run log cannot be written/)
    await stage.holdsAnytime()
    await stage.resumes()
    await stage.holds()
  },
}))

export const rows = [...full, ...failing]
