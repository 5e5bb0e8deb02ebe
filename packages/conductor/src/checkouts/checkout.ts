import { mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CheckoutPlace,
  createWorktree,
  type KnownFiles,
  type Oid,
  processIdentity,
  removeDirectory,
} from '@nx-conduct/git'
import type { SpecRefs } from '@nx-conduct/spec'
import { ConductProblem } from '../run/problem.ts'
import type { Workspace } from '../run/workspace.ts'
import { layersFolder } from './kept-layers.ts'
import { CheckoutPool, isUnusable } from './pool.ts'
import { SetupLayers } from './setup-layer.ts'
import { forgetSetup } from './setup-record.ts'
import { type CheckoutKind, claimPlace, folderName, gateSlot, linkedSlot, type Slot, setLabel } from './slots.ts'

/** The files of a commit in a folder of their own, held by one user at a time. */
export interface Checkout {
  /** Top of the checkout. */
  readonly top: string
  /** The workspace in it: where commands and agents run. */
  readonly directory: string
  readonly commit: Oid
  /** Environment of commands in it: the allow-list, with Nx inside it kept apart from the user's. New with each {@link renew}. */
  readonly env: Readonly<Record<string, string>>
  /** Key of the setup whose files it holds. */
  readonly setup: string | undefined
  /** What that setup made, from the top; a folder that is all its own ends in a slash. */
  readonly setupMade: readonly string[]
  /** What git keeps of it in the repository; only for agents. */
  readonly adminDir: string | undefined
  /** What is known of its files since they were checked out. */
  readonly known: KnownFiles
  /** Paths of the commit's files that somebody changed or removed in it. */
  changedFiles(): Promise<readonly string[]>
  /** Takes what a setup made for part of the checkout, and puts back what it changed of the commit's files. */
  keepSetup(key: string): ReturnType<Slot['files']['keepSetup']>
  /**
   * Makes it hold exactly its commit, and its setup if nobody touched that, whatever the last command left. False when that cannot be
   * done; then it is gone.
   */
  renew(): Promise<boolean>
  /** Whether it will be given back soon: then the next one who needs a checkout waits for it. */
  setEnding(isEnding: boolean): void
  /** From here on nobody else gets it: it holds work that is recorded nowhere else. */
  keep(): void
  /** Gives it back. What is in it may be overwritten from here on. */
  release(): Promise<void>
}

/** The checkouts of a run, in a folder outside every workspace's files. */
export interface Checkouts {
  readonly folder: string
  /** A checkout of a commit; one that holds the setup of this key if there is one. `label`: whose work will be in it. */
  take(kind: CheckoutKind, label: string, commit: Oid, setup?: string): Promise<Checkout>
  /** Makes checkouts for so many agents ahead of time: git does not register worktrees well beside other work. */
  reserve(agents: number, commit: Oid): Promise<void>
  /** What setups made, for all checkouts. */
  readonly layers: SetupLayers
  /** A worktree for a person, which stays. `label` becomes part of the folder's name. Returns the workspace in it. */
  leave(label: string, commit: Oid): Promise<string>
  /** Puts registrations of worktrees back that something else removed, unlocked or changed. Returns what was wrong. */
  restoreRegistrations(): Promise<readonly RestoredWorktree[]>
  /** Removes every checkout that is not in use. */
  close(): Promise<void>
}

export interface RestoredWorktree {
  readonly top: string
  readonly why: readonly string[]
}

export interface CheckoutsOptions {
  readonly run: string
  readonly refs: Pick<SpecRefs, 'heldBy'>
  readonly env: Readonly<Record<string, string>>
  /** Whether checkouts are used again. */
  readonly pool: boolean
  /** How much of the disk what setups made may take up between runs. */
  readonly setupCacheBytes: number
  /** Called before the first checkout is taken. */
  readonly onFirst: (commit: Oid) => Promise<void>
}

export function checkoutsIn(
  folder: string,
  { repository, prefix }: Pick<Workspace, 'repository' | 'prefix'>,
  { run, refs, env, pool: isPooled, setupCacheBytes, onFirst }: CheckoutsOptions,
): Checkouts {
  const owner = processIdentity()
  const newPlace = async (label: string): Promise<CheckoutPlace> => {
    await makeFolder(folder)
    // As git names it: links in between are followed.
    const top = join(await realpath(folder), folderName(label, run, owner.pid))
    return { top, state: `${top}.state` }
  }
  const linked = new Set<Slot>()
  const pool = new CheckoutPool(
    {
      agent: async (commit) => {
        const slot = await linkedSlot(repository, await newPlace('agent'), { run, ...owner }, commit)
        const remove = async (): Promise<void> => {
          linked.delete(own)
          await slot.remove()
        }
        const own: Slot = { ...slot, remove }
        linked.add(own)
        return own
      },
      gate: async (commit) => gateSlot(repository, await newPlace('gate'), { owner, refs }, commit),
    },
    isPooled,
  )
  const layers = new SetupLayers({
    folder: layersFolder(folder),
    mostBytes: setupCacheBytes,
    owner,
    async newFolder() {
      const place = await newPlace('setup')
      await claimPlace(place, owner)
      return {
        path: place.top,
        remove: () => Promise.all([place.top, place.state].map((path) => removeDirectory(path))),
      }
    },
  })
  let isFirst = true
  return {
    folder,
    async take(kind, label, commit, setup) {
      if (isFirst) {
        isFirst = false
        await onFirst(commit)
      }
      const slot = await pool.take(kind, commit, setup)
      await setLabel(slot.state, label)
      return hold(slot, commit, setup)
    },
    layers,
    reserve: (agents, commit) => pool.reserve('agent', agents, commit),
    async leave(label, commit) {
      const { top } = await newPlace(label)
      await createWorktree(repository, { path: top, commit, owner: { run, ...owner } })
      return join(top, prefix)
    },
    async restoreRegistrations() {
      const found = await Promise.all([...linked].map(async (slot) => ({ top: slot.top, why: await slot.restore() })))
      return found.filter(({ why }) => why.length > 0)
    },
    async close() {
      await pool.close()
      await layers.close()
    },
  }

  async function hold(slot: Slot, commit: Oid, setup: string | undefined): Promise<Checkout> {
    const { top, state } = slot
    const directory = join(top, prefix)
    await mkdir(directory, { recursive: true })
    let uses = 0
    let held = true
    let wanted = setup
    const nxState = join(state, 'nx')
    return {
      top,
      directory,
      commit,
      get env() {
        const own = join(nxState, String(uses))
        return {
          ...env,
          NX_DAEMON: 'false',
          NX_CACHE_DIRECTORY: join(own, 'cache'),
          NX_WORKSPACE_DATA_DIRECTORY: join(own, 'workspace-data'),
        }
      },
      get setup() {
        return slot.files.setup
      },
      get setupMade() {
        return slot.files.setupMade
      },
      adminDir: slot.adminDir,
      known: slot.files,
      changedFiles: () => slot.files.changed(),
      keepSetup(key) {
        wanted = key
        return slot.files.keepSetup(key)
      },
      async renew() {
        uses += 1
        await rm(nxState, { recursive: true, force: true })
        try {
          await slot.become(commit, wanted)
          await mkdir(directory, { recursive: true })
          return true
        } catch (error) {
          if (!isUnusable(error)) throw error
          held = false
          await slot.remove()
          return false
        }
      },
      setEnding(isEnding) {
        pool.setEnding(slot, isEnding)
      },
      keep() {
        held = false
        pool.setEnding(slot, false)
      },
      async release() {
        if (!held) return
        held = false
        await rm(nxState, { recursive: true, force: true })
        await forgetSetup(top)
        await pool.giveBack(slot)
      },
    }
  }
}

/** Throws `ConductProblem` where no folder can be made, with the variable that names another place. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new ConductProblem(
      'machine',
      `the folder for worktrees cannot be made: ${cause.message}`,
      'Set NX_CONDUCT_HOME to a folder that can be written (by default it is in XDG_CACHE_HOME or HOME), then run the same command again.',
      { cause },
    )
  })
}
