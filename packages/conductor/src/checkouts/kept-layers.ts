import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { livenessOf, ownedName, ownerInName, type ProcessIdentity, removeDirectory } from '@nx-conduct/git'
import { type DiskUse, diskUseOf } from './layer-contents.ts'

/** What is known of a layer. */
export interface LayerRecord extends DiskUse {
  readonly version: 1
  readonly command: string
  /** Paths from the top of a checkout; a folder that is all the setup's own ends in a slash. */
  readonly made: readonly string[]
  /** sha256 of the contents. */
  readonly digest: string
  /** What tells that nobody wrote to the files since. */
  readonly stamp: string
}

/** In a layer's folder: the files as a checkout has them, what is known of them, and who uses them. */
export const layerFiles = 'files'
const recordFile = 'record.json'
const usersFolder = 'users'

const userPrefix = 'user-'
const dayMs = 24 * 3_600_000
/** A layer that is being removed: nobody's, and anybody may remove it. */
const gonePrefix = 'gone-'

/** Where a repository's layers are: beside its specs' folders of checkouts. No spec can have this name. */
export function layersFolder(checkouts: string): string {
  return join(dirname(checkouts), '.setup-layers')
}

/** Writes what is known of a layer into its folder, and marks it as used. Returns the record as it stands there. */
export async function describeLayer(folder: string, record: LayerRecord, user: string): Promise<string> {
  const text = `${JSON.stringify(record)}\n`
  await mkdir(join(folder, usersFolder))
  await writeFile(join(folder, usersFolder, user), '')
  await writeFile(join(folder, recordFile), text)
  return text
}

/** The name of a mark that says a process uses a layer. */
export function userMark(owner: ProcessIdentity): string {
  return `${ownedName(userPrefix, owner)}${randomUUID().slice(0, 8)}`
}

/** The layer of a key, marked as used now; undefined when there is none that can be read. */
export async function findLayer(
  folder: string,
  key: string,
  user: string,
): Promise<{ readonly record: LayerRecord; readonly text: string } | undefined> {
  const layer = join(folder, key)
  try {
    // The mark comes first: who sees none may remove the layer.
    await writeFile(join(layer, usersFolder, user), '')
    const text = await readFile(join(layer, recordFile), 'utf8')
    const record = parseRecord(text)
    if (record === undefined) return undefined
    const now = new Date()
    await utimes(join(layer, recordFile), now, now)
    return { record, text }
  } catch (error) {
    if (isFileError(error)) return undefined
    throw error
  }
}

/** Moves a made layer to its place. False when it cannot be kept: another process was first, or the place cannot be had. */
export async function placeLayer(folder: string, key: string, made: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rename(made, join(folder, key))
    return true
  } catch (error) {
    if (isFileError(error)) return false
    throw error
  }
}

/** Whether the layer of a key is still the one with this record. */
export async function isLayer(folder: string, key: string, text: string): Promise<boolean> {
  return (await readFile(join(folder, key, recordFile), 'utf8').catch(() => undefined)) === text
}

/** Takes a mark away. */
export async function leaveLayer(folder: string, key: string, user: string): Promise<void> {
  await rm(join(folder, key, usersFolder, user), { force: true }).catch(() => undefined)
}

/**
 * Removes a layer, used or not: who copies from it finds that it is gone, and runs the setup. It is moved away first, so that
 * nobody can find half of it.
 */
export async function discardLayer(folder: string, key: string): Promise<void> {
  await removeAway(await moveAway(folder, key))
}

export interface RemovedLayer extends DiskUse {
  readonly path: string
}

export interface LayersLeft {
  readonly removed: readonly RemovedLayer[]
  /** Layers that processes use, by their path. */
  readonly used: readonly { readonly path: string; readonly by: ProcessIdentity }[]
}

/**
 * Removes the layers whose last use is longest ago, until all together take up no more than `mostBytes`. A layer that a living process
 * uses stays. Also removes what killed processes left of layers here.
 */
export async function removeOldLayers(folder: string, mostBytes: number): Promise<LayersLeft> {
  const layers = []
  await clearDiscardedLayers(folder)
  for (const key of await readdir(folder).catch(() => [])) {
    const path = join(folder, key)
    if (!key.startsWith(gonePrefix)) layers.push({ key, path, ...(await useOf(path)) })
  }
  layers.sort((a, b) => a.lastUseMs - b.lastUseMs)
  let total = layers.reduce((sum, { bytes }) => sum + bytes, 0)
  const removed: RemovedLayer[] = []
  const used: { path: string; by: ProcessIdentity }[] = []
  for (const { key, path, bytes, inodes } of layers) {
    if (mostBytes > 0 && total <= mostBytes) break
    const user = (await livingUser(path)) ?? (await removeUnused(folder, key))
    if (user !== undefined) {
      used.push({ path, by: user })
      continue
    }
    total -= bytes
    removed.push({ path, bytes, inodes })
  }
  return { removed, used }
}

/** Removes what killed processes left of layers that they were removing. */
export async function clearDiscardedLayers(folder: string): Promise<void> {
  for (const key of await readdir(folder).catch(() => [])) {
    if (key.startsWith(gonePrefix)) await removeAway(join(folder, key))
  }
}

/** What a layer takes up, as its record says, and when it was last used. One without a record is old, and is counted. */
async function useOf(layer: string): Promise<DiskUse & { readonly lastUseMs: number }> {
  try {
    const record = parseRecord(await readFile(join(layer, recordFile), 'utf8'))
    const { mtimeMs } = await stat(join(layer, recordFile))
    if (record !== undefined) return { bytes: record.bytes, inodes: record.inodes, lastUseMs: mtimeMs }
  } catch (error) {
    if (!isFileError(error)) throw error
  }
  return { ...(await diskUseOf(layer)), lastUseMs: 0 }
}

/** Removes a layer that nobody uses; returns who began to use it meanwhile. */
async function removeUnused(folder: string, key: string): Promise<ProcessIdentity | undefined> {
  const away = await moveAway(folder, key)
  if (away === undefined) return undefined
  const user = await livingUser(away)
  // It began to copy between our question and the move. Where the place is taken by now, it will run the setup.
  if (user !== undefined && (await placeLayer(folder, key, away))) return user
  await removeAway(away)
  return undefined
}

/** A living process that uses a layer. Marks of processes that are gone are removed. */
async function livingUser(layer: string): Promise<ProcessIdentity | undefined> {
  const folder = join(layer, usersFolder)
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = ownerInName(userPrefix, name)
    if (owner !== undefined && (await isLiving(owner, join(folder, name)))) return owner
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)
  }
  return undefined
}

/** Of a process on another machine nobody here can say whether it lives: it is given a day. */
async function isLiving(owner: ProcessIdentity, mark: string): Promise<boolean> {
  const liveness = livenessOf(owner)
  if (liveness !== 'unknown') return liveness === 'alive'
  const since = await stat(mark).catch(() => undefined)
  return since !== undefined && Date.now() - since.mtimeMs < dayMs
}

async function moveAway(folder: string, key: string): Promise<string | undefined> {
  const away = join(folder, `${gonePrefix}${randomUUID()}`)
  return rename(join(folder, key), away).then(
    () => away,
    (error: unknown) => {
      if (isFileError(error)) return undefined
      throw error
    },
  )
}

async function removeAway(path: string | undefined): Promise<void> {
  if (path === undefined) return
  // Its name says that it is to go: what cannot be removed now is tried again by the next run.
  await removeDirectory(path).catch((error: unknown) => {
    if (!isFileError(error)) throw error
  })
}

/** Undefined for anything but a record as this version writes it. */
function parseRecord(text: string): LayerRecord | undefined {
  let read: Partial<Record<keyof LayerRecord, unknown>> | null
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const { version, command, made, digest, stamp, bytes, inodes } = read ?? {}
  if (version !== 1 || typeof command !== 'string' || typeof stamp !== 'string') return undefined
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest) || !isCount(bytes) || !isCount(inodes))
    return undefined
  if (!Array.isArray(made) || !made.every(staysInside)) return undefined
  return { version, command, made, digest, stamp, bytes, inodes }
}

/** A path that is written into a checkout must not lead out of it, whatever a file says. */
function staysInside(path: unknown): path is string {
  if (typeof path !== 'string' || path === '' || path.startsWith('/')) return false
  return !path.split('/').some((part) => part === '..' || part === '.git')
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
