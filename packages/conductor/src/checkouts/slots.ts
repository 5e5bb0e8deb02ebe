import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type CheckoutFiles,
  type CheckoutPlace,
  isAlive,
  isRunning,
  LinkedCheckout,
  listRefs,
  NotOurWorktreeError,
  type Oid,
  PrivateCheckout,
  type ProcessIdentity,
  parseIdentity,
  type Repository,
  removeDirectory,
  updateRef,
  type WorktreeOwner,
} from '@nx-conduct/git'
import type { SpecRefs } from '@nx-conduct/spec'

/** Agents and gates never share a checkout: what an agent left in one cannot reach the evidence of a gate. */
export type CheckoutKind = 'agent' | 'gate'

/** A checkout that can be moved to another commit. */
export interface Slot {
  readonly kind: CheckoutKind
  readonly top: string
  /** Folder of ours beside it. */
  readonly state: string
  readonly files: CheckoutFiles
  /** What git keeps of it in the repository; only for agents. */
  readonly adminDir?: string
  /** Moves to a commit; what a setup of this key made stays. Throws `GitError` when the checkout can no longer be used. */
  become(commit: Oid, setup?: string): Promise<void>
  /** Marks that nobody's work is in it, or that somebody's may be. */
  setIdle(isIdle: boolean): Promise<void>
  /** Puts its registration back as it was made. Returns what was wrong with it. */
  restore(): Promise<readonly string[]>
  remove(): Promise<void>
}

const ownerFile = 'owner.json'
const idleFile = 'idle'
const labelFile = 'label'
/** Checkouts of gates, and what setups made: folders that git does not know. */
const ownPrefix = /^(?:gate|setup)-/

/** A linked worktree for agents. */
export async function linkedSlot(
  repository: Repository,
  place: CheckoutPlace,
  owner: WorktreeOwner,
  commit: Oid,
): Promise<Slot> {
  const checkout = await LinkedCheckout.create(repository, { ...place, owner, commit })
  return {
    kind: 'agent',
    top: checkout.top,
    state: place.state,
    files: checkout.files,
    adminDir: checkout.adminDir,
    become: (next, setup) => checkout.become(next, setup),
    restore: () => checkout.restore(),
    setIdle: (isIdle) => setIdle(place.state, isIdle),
    async remove() {
      await checkout.remove().catch(async (error: unknown) => {
        // Somebody deleted its registration. This process made the folder, under a name of its own.
        if (!(error instanceof NotOurWorktreeError)) throw error
        await removeDirectory(checkout.top)
      })
      await rm(place.state, { recursive: true, force: true })
    },
  }
}

/** A checkout for gates, with a git of its own. Only a ref below `refs` keeps its commit from garbage collection. */
export async function gateSlot(
  repository: Repository,
  place: CheckoutPlace,
  { owner, refs }: { readonly owner: ProcessIdentity; readonly refs: Pick<SpecRefs, 'heldBy'> },
  commit: Oid,
): Promise<Slot> {
  await claimPlace(place, owner)
  const checkout = new PrivateCheckout(repository, place)
  const ref = refs.heldBy(basename(place.top))
  const become = async (next: Oid, setup?: string): Promise<void> => {
    await updateRef(repository, ref, next, { reason: 'conduct: gates' })
    await checkout.become(next, setup)
  }
  const remove = async (): Promise<void> => {
    await checkout.remove()
    await updateRef(repository, ref, undefined, { reason: 'conduct: gates' })
  }
  try {
    await become(commit)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    kind: 'gate',
    top: place.top,
    state: place.state,
    files: checkout.files,
    become,
    setIdle: async () => undefined,
    restore: async () => [],
    remove,
  }
}

/** Makes a folder that says whose it is. */
export async function claimPlace(place: CheckoutPlace, owner: ProcessIdentity): Promise<void> {
  await mkdir(place.top)
  await mkdir(place.state, { mode: 0o700 })
  await writeFile(join(place.state, ownerFile), JSON.stringify(owner))
}

async function setIdle(state: string, isIdle: boolean): Promise<void> {
  if (isIdle) await writeFile(join(state, idleFile), '')
  else await rm(join(state, idleFile), { force: true })
}

/** Writes down whose work is in a checkout: it may be another's tomorrow. */
export async function setLabel(state: string, label: string): Promise<void> {
  await writeFile(join(state, labelFile), plainName(label))
}

/** Whose work is in a checkout, e.g. `2-add` for module add of phase 2; undefined when nobody has written it down. */
export async function labelOf(top: string): Promise<string | undefined> {
  const text = await readFile(join(`${top}.state`, labelFile), 'utf8').catch(() => '')
  return /^[\w.-]{1,200}$/.exec(text)?.[0]
}

/** What a worktree's work is saved as: whose it is, where that is known, and the folder it was in. */
export async function savedName(top: string): Promise<string> {
  const label = await labelOf(top)
  return label === undefined ? basename(top) : `${label}-${basename(top)}`
}

/** Whether a worktree was waiting for its next user: nobody's work is in it. */
export async function isIdle(top: string): Promise<boolean> {
  return readFile(join(`${top}.state`, idleFile)).then(
    () => true,
    () => false,
  )
}

/** Removes what processes that are gone left besides worktrees: checkouts of gates, half of what setups made. `before` is told of each. */
export async function removeDeadFolders(
  folder: string,
  before: (folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const maker = ownPrefix.test(name) ? makerOf(name) : undefined
    if (maker === undefined) continue
    const top = join(folder, name)
    const owner = parseIdentity(await readFile(join(`${top}.state`, ownerFile), 'utf8').catch(() => ''))
    // Killed before the owner was written: the name tells the process.
    if (owner === undefined ? isRunning(maker) : isAlive(owner)) continue
    await before(top)
    await removeDirectory(top)
    await rm(`${top}.state`, { recursive: true, force: true })
  }
}

/** What the worktree is called that a phase leaves when it fails. */
export function failedLabel(slug: string): string {
  return plainName(`${slug}-failed`)
}

/** A name that no other checkout has. It tells the process that makes it, also where that is killed before it has written more. */
export function folderName(label: string, run: string, pid: number): string {
  return `${plainName(label)}-${run.slice(0, 6)}-${pid}-${randomUUID().slice(0, 8)}`
}

/** The process that made a checkout, by its folder's name; undefined for any other folder. */
export function makerOf(name: string): number | undefined {
  const pid = /-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

/** Removes the refs that held commits for checkouts which are gone. */
export async function releaseHeld(repository: Repository, folder: string, refs: Pick<SpecRefs, 'held'>): Promise<void> {
  const there = new Set(await readdir(folder).catch(() => []))
  for (const { ref, oid } of await listRefs(repository, refs.held)) {
    if (there.has(basename(ref))) continue
    await updateRef(repository, ref, undefined, { expected: oid, reason: 'conduct: gates' })
  }
}

function plainName(label: string): string {
  return label.replace(/[^A-Za-z0-9.-]+/g, '-')
}
