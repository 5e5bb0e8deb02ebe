import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createWorktree, NotOurWorktreeError, type Oid, processIdentity, removeWorktree } from '@nx-conduct/git'
import { ConductProblem } from '../run/problem.ts'
import type { Workspace } from '../run/workspace.ts'
import { forgetSetup } from './setup-record.ts'

/** A worktree of a run, at a commit. */
export interface Checkout {
  /** Top of the worktree. */
  readonly top: string
  /** The workspace in it: where commands and agents run. */
  readonly directory: string
  readonly commit: Oid
  /** Environment of commands in it: the allow-list, with Nx inside it kept apart from the user's. */
  readonly env: Readonly<Record<string, string>>
  /** From here on `remove` leaves it: it holds work that is recorded nowhere else. */
  keep(): void
  remove(): Promise<void>
}

/** Makes the worktrees of a run, in a folder outside every workspace's files. */
export interface Checkouts {
  readonly folder: string
  /** `label` becomes part of the folder's name. */
  create(label: string, commit: Oid): Promise<Checkout>
}

export function checkoutsIn(
  folder: string,
  { repository, prefix }: Pick<Workspace, 'repository' | 'prefix'>,
  { run, env }: { readonly run: string; readonly env: Readonly<Record<string, string>> },
): Checkouts {
  return {
    folder,
    async create(label, commit) {
      const owner = processIdentity()
      const name = `${label.replace(/[^A-Za-z0-9.-]+/g, '-')}-${run.slice(0, 6)}-${owner.pid}-${randomUUID().slice(0, 8)}`
      await makeFolder(folder)
      // As git names it: links in between are followed.
      const top = join(await realpath(folder), name)
      await createWorktree(repository, { path: top, commit, owner: { run, ...owner } })
      const directory = join(top, prefix)
      await mkdir(directory, { recursive: true })
      const nxState = `${top}${nxStateEnding}`
      let kept = false
      return {
        top,
        directory,
        commit,
        env: {
          ...env,
          NX_DAEMON: 'false',
          NX_CACHE_DIRECTORY: join(nxState, 'cache'),
          NX_WORKSPACE_DATA_DIRECTORY: join(nxState, 'workspace-data'),
        },
        keep() {
          kept = true
        },
        async remove() {
          if (kept) return
          await removeWorktree(repository, top).catch(async (error: unknown) => {
            // Somebody deleted its registration. This process made the folder, under a name of its own.
            if (!(error instanceof NotOurWorktreeError)) throw error
            await rm(top, { recursive: true, force: true })
          })
          await rm(nxState, { recursive: true, force: true })
          await forgetSetup(top)
        },
      }
    },
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

/** The process that made a checkout, by its folder's name; undefined for any other folder. */
export function makerOf(name: string): number | undefined {
  const pid = /-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

const nxStateEnding = '.nx'
