import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { ConductProblem } from '../run/problem.ts'

/** A folder that belongs to this process. */
export interface OwnFolder {
  readonly path: string
  remove(): Promise<unknown>
}

/** A checkout as a setup sees it. */
export interface SetupTarget {
  readonly top: string
  readonly setupMade: readonly string[]
  keepSetup(key: string): Promise<unknown>
}

/** What one run of `setup:` made, in a folder of its own, for all checkouts of the run that want the same. */
interface Layer {
  /** Holds the paths as a checkout has them. */
  readonly files: OwnFolder
  /** Paths from the top of a checkout; a folder that is all the setup's own ends in a slash. */
  readonly made: readonly string[]
  /** Tells whether somebody wrote to the files since. */
  readonly stamp: string
}

/**
 * Runs a setup once per key and gives what it made to every other checkout as a copy: no link leads from one checkout into
 * another, so an agent cannot change what a gate gets.
 */
export class SetupLayers {
  readonly #newFolder: () => Promise<OwnFolder>
  readonly #layers = new Map<string, Promise<Layer | undefined>>()

  constructor(newFolder: () => Promise<OwnFolder>) {
    this.#newFolder = newFolder
  }

  /** Copies what the setup of this key made into a checkout; when nobody has run it, `setUp` does so there. */
  async provide(checkout: SetupTarget, key: string, setUp: () => Promise<void>): Promise<void> {
    const known = this.#layers.get(key)
    if (known === undefined) {
      // Whoever needs it meanwhile waits for this one, and runs its own where this one fails or cannot be shared.
      const making = setUp().then(() => this.#keep(checkout))
      this.#layers.set(key, making)
      making.catch(() => this.#layers.delete(key))
      await making
      return
    }
    const layer = await known.catch(() => undefined)
    if (layer === undefined || layer.stamp !== (await stampOf(layer.files.path))) return setUp()
    for (const path of layer.made) await copy(join(layer.files.path, path), join(checkout.top, path))
    await checkout.keepSetup(key)
  }

  /** Keeps a copy; undefined where the files hold the path of the checkout they were made in, as a virtual environment's do. */
  async #keep({ top, setupMade: made }: SetupTarget): Promise<Layer | undefined> {
    if (made.length === 0 || (await namesItsPlace(top, made))) return undefined
    const files = await this.#newFolder()
    for (const path of made) await copy(join(top, path), join(files.path, path))
    return { files, made, stamp: await stampOf(files.path) }
  }

  async close(): Promise<void> {
    const layers = await Promise.all([...this.#layers.values()].map((layer) => layer.catch(() => undefined)))
    this.#layers.clear()
    for (const layer of layers) await layer?.files.remove()
  }
}

/** Inode, change time, size and mode of everything in a folder, as one digest. A change time cannot be set by a program. */
async function stampOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of (await readdir(next, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next, entry.name)
      const { ino, ctimeNs, size, mode } = await lstat(path, { bigint: true })
      hash.update([path, ino, ctimeNs, size, mode].join('\0'))
      if (entry.isDirectory()) open.push(path)
    }
  }
  return hash.digest('hex')
}

/** With modes, times and links as they are. */
async function copy(from: string, to: string): Promise<void> {
  const [source, target] = [from.replace(/\/$/, ''), to.replace(/\/$/, '')]
  await mkdir(dirname(target), { recursive: true })
  const { failed, stderr } = await execa('cp', ['-a', '--', source, target], { stdin: 'ignore', reject: false })
  if (!failed) return
  throw new ConductProblem(
    'machine',
    `what setup made cannot be copied: ${stderr.trim()}`,
    'If the disk is full, free some space. Then run the same command again; nothing is lost.',
  )
}

async function namesItsPlace(top: string, made: readonly string[]): Promise<boolean> {
  const paths = made.map((path) => `./${path}`)
  const options = { cwd: top, stdin: 'ignore', reject: false } as const
  const [inFiles, inLinks] = await Promise.all([
    execa('grep', ['-rqsF', '--', top, ...paths], options),
    execa('find', [...paths, '-type', 'l', '-lname', `${top}*`], options),
  ])
  return inFiles.exitCode === 0 || inLinks.stdout !== ''
}
