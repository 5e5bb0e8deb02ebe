import { join } from 'node:path'
import type { ProcessIdentity } from '@nx-conduct/git'
import { ConductProblem } from '../run/problem.ts'
import { copyPaths, namesItsPlace } from './copy-setup.ts'
import {
  describeLayer,
  discardLayer,
  findLayer,
  isLayer,
  type LayerRecord,
  layerFiles,
  leaveLayer,
  placeLayer,
  removeOldLayers,
  userMark,
} from './kept-layers.ts'
import { contentDigestOf, settledStampOf, stampOf } from './layer-contents.ts'

/** A folder that belongs to this process. */
export interface OwnFolder {
  readonly path: string
  remove(): Promise<unknown>
}

/** A checkout as a setup sees it. */
export interface SetupTarget {
  readonly top: string
  readonly setup: string | undefined
  readonly setupMade: readonly string[]
  keepSetup(key: string): Promise<unknown>
  /** Removes what is not the commit's. False when that cannot be done; then the checkout is gone. */
  renew(): Promise<boolean>
}

/** A setup, by the key that names what it makes. */
export interface KeyedSetup {
  readonly command: string
  readonly key: string
}

export interface LayersOptions {
  readonly newFolder: () => Promise<OwnFolder>
  /** Where layers are kept for the next run. */
  readonly folder: string
  /** How much of the disk they may take up there. */
  readonly mostBytes: number
  readonly owner: ProcessIdentity
}

/** What one run of `setup:` made, for all checkouts that want the same. */
interface Layer {
  /** Holds the folder `files`. */
  readonly path: string
  readonly record: LayerRecord
  /** The record as it is in the layer's folder. What this process knows of a layer it does not read again from there. */
  readonly text: string
  /** The folder that is removed at the end; undefined for a layer that is kept. */
  readonly own: OwnFolder | undefined
}

/** More often a layer is not copied again that somebody writes to. */
const mostAttempts = 3

/**
 * Runs a setup once per key and gives what it made to every other checkout as a copy, in this run and in later ones: no link leads from one checkout into
 * another, so an agent cannot change what a gate gets. A layer that somebody wrote to is not believed.
 */
export class SetupLayers {
  readonly #options: LayersOptions
  readonly #user: string
  readonly #layers = new Map<string, Promise<Layer | undefined>>()
  /** What is in checkouts, by their top. */
  readonly #digests = new Map<string, { readonly key: string; readonly digest: string }>()

  constructor(options: LayersOptions) {
    this.#options = options
    this.#user = userMark(options.owner)
  }

  /**
   * Copies what the setup of this key made into a checkout; when there is no such layer, `setUp` runs there and one is made. False when
   * the checkout is gone.
   */
  async provide(checkout: SetupTarget, setup: KeyedSetup, setUp: () => Promise<void>): Promise<boolean> {
    const { key } = setup
    this.#digests.delete(checkout.top)
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const known = this.#layers.get(key)
      if (known === undefined) {
        let isMadeHere = false
        const making = this.#find(key).then(async (found) => {
          if (found !== undefined) return found
          isMadeHere = true
          await setUp()
          return this.#keep(checkout, setup)
        })
        // Whoever needs it meanwhile waits for this one, and runs its own where this one fails or cannot be shared.
        this.#layers.set(key, making)
        making.catch(() => this.#layers.delete(key))
        await making
        if (isMadeHere) return true
      }
      const current = known ?? this.#layers.get(key)
      const layer = await current?.catch(() => undefined)
      if (layer === undefined) break
      if (await this.#copy(layer, checkout, key)) return true
      if (this.#layers.get(key) === current) {
        this.#layers.delete(key)
        await this.#discard(key, layer)
      }
      if (!(await checkout.renew())) return false
    }
    await setUp()
    return true
  }

  /** Digest of what the setup made in a checkout; undefined where it ran there itself and made nothing that others can have. */
  digestIn({ top, setup }: Pick<SetupTarget, 'top' | 'setup'>): string | undefined {
    const known = this.#digests.get(top)
    return known === undefined || known.key !== setup ? undefined : known.digest
  }

  /** Leaves to the next run what nobody wrote to, within the bound. */
  async close(): Promise<void> {
    const { folder, mostBytes } = this.#options
    const layers = [...this.#layers]
    this.#layers.clear()
    this.#digests.clear()
    for (const [key, making] of layers) {
      const layer = await making.catch(() => undefined)
      if (layer === undefined) continue
      if (layer.own !== undefined) await layer.own.remove()
      // Another record may be of whoever wrote to the files as well.
      else if (!(await isLayer(folder, key, layer.text))) await discardLayer(folder, key)
      else await leaveLayer(folder, key, this.#user)
    }
    await removeOldLayers(folder, mostBytes)
  }

  /** The layer that an earlier run or another process made. */
  async #find(key: string): Promise<Layer | undefined> {
    const { folder } = this.#options
    const found = await findLayer(folder, key, this.#user)
    return found === undefined ? undefined : { ...found, path: join(folder, key), own: undefined }
  }

  /** Keeps a copy; undefined where the files hold the path of the checkout they were made in, as a virtual environment's do. */
  async #keep({ top, setupMade: made }: SetupTarget, { command, key }: KeyedSetup): Promise<Layer | undefined> {
    if (made.length === 0 || (await namesItsPlace(top, made))) return undefined
    const own = await this.#options.newFolder()
    const files = join(own.path, layerFiles)
    const why = await copyPaths(top, files, made)
    if (why !== undefined) {
      await own.remove()
      throw notCopied(why)
    }
    const { stamp, bytes, inodes } = await settledStampOf(files)
    const digest = await contentDigestOf(files)
    if ((await stampOf(files)).stamp !== stamp) {
      await own.remove()
      return undefined
    }
    const record: LayerRecord = { version: 1, command, made, digest, stamp, bytes, inodes }
    this.#digests.set(top, { key, digest })
    const layer = { path: own.path, record, text: await describeLayer(own.path, record, this.#user), own }
    return bytes > this.#options.mostBytes ? layer : this.#place(key, layer)
  }

  /** Moves a layer to where the next run finds it; where it cannot be kept, it lasts as long as this process. */
  async #place(key: string, layer: Layer & { readonly own: OwnFolder }): Promise<Layer> {
    const { folder, mostBytes } = this.#options
    const { own } = layer
    let isPlaced = await placeLayer(folder, key, own.path)
    const theirs = isPlaced ? undefined : await this.#find(key)
    if (!isPlaced && theirs === undefined) {
      // What has its place cannot be read.
      await discardLayer(folder, key)
      isPlaced = await placeLayer(folder, key, own.path)
    }
    if (!isPlaced && theirs === undefined) return layer
    await own.remove()
    await removeOldLayers(folder, mostBytes)
    return theirs ?? { ...layer, path: join(folder, key), own: undefined }
  }

  /** False when the layer is not what it was, or is gone. */
  async #copy({ path, record }: Layer, checkout: SetupTarget, key: string): Promise<boolean> {
    const files = join(path, layerFiles)
    const why = await copyPaths(files, checkout.top, record.made)
    // Only now: it must not have changed while it was copied either.
    const now = await stampOf(files).catch(() => undefined)
    if (now?.stamp !== record.stamp) return false
    if (why !== undefined) throw notCopied(why)
    await checkout.keepSetup(key)
    this.#digests.set(checkout.top, { key, digest: record.digest })
    return true
  }

  async #discard(key: string, { own, text }: Layer): Promise<void> {
    const { folder } = this.#options
    if (own !== undefined) await own.remove()
    else if (await isLayer(folder, key, text)) await discardLayer(folder, key)
  }
}

function notCopied(why: string): ConductProblem {
  return new ConductProblem(
    'machine',
    `what setup made cannot be copied: ${why}`,
    'If the disk is full, free some space. Then run the same command again; nothing is lost.',
  )
}
