import { createHash } from 'node:crypto'
import { type BigIntStats, closeSync, constants, lstatSync, openSync, readlinkSync, readSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** What a folder takes up on the disk, with all that is in it. */
export interface DiskUse {
  readonly bytes: number
  readonly inodes: number
}

/** The state of a folder's files, by which a later change can be told. */
export interface LayerStamp extends DiskUse {
  /** Digest of every path with inode, change time, size and mode. A program cannot set a change time. */
  readonly stamp: string
}

interface Entry {
  /** From the folder's top; bytes, one character each. */
  readonly path: string
  readonly stats: BigIntStats
}

/** The kernel's clock for files moves in steps of up to 10 ms: what is younger may change once more and keep its time. */
const racyMs = 20

/** Stamps of a folder as it is now. Throws when something vanishes meanwhile. */
export async function stampOf(folder: string): Promise<LayerStamp> {
  const { stamp, bytes, inodes } = await readStamps(folder)
  return { stamp, bytes, inodes }
}

/** The same once no later change can have the time of one before: after this, every change shows in the stamp. */
export async function settledStampOf(folder: string): Promise<LayerStamp> {
  for (;;) {
    const { newestMs, stamp, bytes, inodes, startedMs } = await readStamps(folder)
    // A clock that was put back must not make us wait for it.
    const ageMs = Math.abs(startedMs - newestMs)
    if (ageMs > racyMs) return { stamp, bytes, inodes }
    await setTimeout(racyMs)
  }
}

/** What a folder takes up; nothing where it cannot be read. */
export async function diskUseOf(folder: string): Promise<DiskUse> {
  const use = { bytes: 0, inodes: 0 }
  try {
    for await (const { stats } of entriesOf(folder)) {
      use.bytes += bytesOf(stats)
      use.inodes += 1
    }
  } catch {
    // It goes while we count, or is closed to us: what was counted so far is the least that it takes up.
  }
  return use
}

/**
 * A sha256 over the paths in their order, each with kind and mode, and with content or the link's target. The folder's own mode does not
 * count. Files are read in pieces.
 */
export async function contentDigestOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(1 << 20)
  let sinceRest = 0
  for await (const { path, stats } of entriesOf(folder)) {
    if (path === '') continue
    const at = placeOf(folder, path)
    const mode = (stats.mode & 0o7777n).toString(8)
    hash.update(`${kindOf(stats)} ${mode} ${stats.isFile() ? stats.size : 0} ${path.length} `).update(path, 'latin1')
    if (stats.isSymbolicLink()) {
      const target = readlinkSync(at, { encoding: 'buffer' })
      hash.update(` ${target.length} `).update(target)
    } else if (stats.isFile()) {
      // Never waits: what was a file may be a pipe by now.
      const file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
          hash.update(piece.subarray(0, read))
          sinceRest += read
          if (sinceRest > piece.length * 16) {
            sinceRest = 0
            await setImmediate()
          }
        }
      } finally {
        closeSync(file)
      }
    }
  }
  return hash.digest('hex')
}

async function readStamps(folder: string) {
  const hash = createHash('sha256')
  const startedMs = Date.now()
  let newest = 0n
  let bytes = 0
  let inodes = 0
  for await (const { path, stats } of entriesOf(folder)) {
    const { ino, ctimeNs, size, mode } = stats
    hash.update(`${ino} ${ctimeNs} ${size} ${mode} ${path.length} `).update(path, 'latin1')
    if (ctimeNs > newest) newest = ctimeNs
    bytes += bytesOf(stats)
    inodes += 1
  }
  return { stamp: hash.digest('hex'), bytes, inodes, newestMs: Number(newest / 1_000_000n), startedMs }
}

/**
 * A folder and all that is in it, in an order that depends on the names alone; no link is followed. Folders are read one after the
 * other and their entries at once: 30 000 files take a quarter of a second, and a second where each is asked for by itself.
 */
async function* entriesOf(folder: string): AsyncGenerator<Entry> {
  yield { path: '', stats: lstatSync(folder, { bigint: true }) }
  const open = ['']
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const names = (await readdir(placeOf(folder, next), { encoding: 'buffer' })).map((name) => name.toString('latin1'))
    const folders: string[] = []
    for (const name of names.sort()) {
      const path = next === '' ? name : `${next}/${name}`
      const stats = lstatSync(placeOf(folder, path), { bigint: true })
      yield { path, stats }
      if (stats.isDirectory()) folders.push(path)
    }
    open.push(...folders.reverse())
  }
}

function placeOf(folder: string, path: string): Buffer | string {
  return path === '' ? folder : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
}

function bytesOf({ blocks }: BigIntStats): number {
  return Number(blocks) * 512
}

function kindOf(stats: BigIntStats): 'file' | 'folder' | 'link' | 'special' {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : 'special'
}
