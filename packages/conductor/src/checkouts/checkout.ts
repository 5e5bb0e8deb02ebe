import { randomUUID } from 'node:crypto'
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { filterEnvironment, runCommand } from '@nx-conduct/agent'
import { createWorktree, dirtyPaths, ignoredPaths, type Oid, openRepository, removeWorktree } from '@nx-conduct/git'
import type { Conduct } from '../run/conduct.ts'
import { Aborted } from '../run/problem.ts'

/** Lockfiles that say that a checkout has something to install. */
const lockfiles = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'go.sum',
  'Cargo.lock',
  'requirements.txt',
  'poetry.lock',
  'uv.lock',
  'Pipfile.lock',
  'Gemfile.lock',
  'composer.lock',
]

/** A worktree of a run, at a commit. */
export interface Checkout {
  readonly directory: string
  readonly commit: Oid
  /** Environment of commands in it: the allow-list, with Nx inside it kept apart from the user's. */
  readonly env: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export type SetupOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'nothing-to-do' }
  | { readonly kind: 'failed'; readonly command: string; readonly output: string }

/** Cuts a worktree for the run. `label` stands in its folder's name. */
export async function checkOut(conduct: Conduct, label: string, commit: Oid): Promise<Checkout> {
  const directory = join(
    conduct.home,
    conduct.plan.name,
    `${label}-${conduct.run.id.slice(0, 6)}-${conduct.holder.pid}-${randomUUID().slice(0, 8)}`,
  )
  await mkdir(join(conduct.home, conduct.plan.name), { recursive: true })
  await createWorktree(conduct.repository, {
    path: directory,
    commit,
    owner: { run: conduct.run.id, ...conduct.holder },
  })
  const nxState = `${directory}${nxStateEnding}`
  return {
    directory,
    commit,
    env: {
      ...commandEnvironment(conduct),
      NX_DAEMON: 'false',
      NX_CACHE_DIRECTORY: join(nxState, 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(nxState, 'workspace-data'),
    },
    async remove() {
      await removeWorktree(conduct.repository, directory)
      await rm(nxState, { recursive: true, force: true })
    },
  }
}

/** The process that made a checkout, by its folder's name; undefined for any other folder. */
export function makerOf(name: string): number | undefined {
  const pid = /-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

const nxStateEnding = '.nx'

/** The checkout whose Nx keeps its state in a folder of this name; undefined for any other folder. */
export function checkoutOfNxState(name: string): string | undefined {
  return name.endsWith(nxStateEnding) ? name.slice(0, -nxStateEnding.length) : undefined
}

/** What agents' commands and test commands see of the environment. */
export function commandEnvironment(conduct: Pick<Conduct, 'env' | 'plan'>): Record<string, string> {
  return filterEnvironment(conduct.env, [...conduct.plan.settings.env])
}

/** Runs the spec's `setup:` once in a fresh checkout; there has to be a lockfile for it to have something to install. */
export async function setUp(conduct: Conduct, checkout: Checkout): Promise<SetupOutcome> {
  const { setup } = conduct.plan.settings
  if (setup === undefined) return { kind: 'nothing-to-do' }
  if (!(await anyExists(checkout.directory, lockfiles))) {
    conduct.report({
      type: 'notice',
      severity: 'info',
      code: 'setup-skipped',
      message: `setup \`${setup}\` skipped: there is no lockfile in the tree yet`,
    })
    return { kind: 'nothing-to-do' }
  }
  const outcome = await conduct.commandSlots(() =>
    runCommand({
      command: setup,
      cwd: checkout.directory,
      env: checkout.env,
      timeoutMs: conduct.plan.settings.testTimeoutMs,
      signal: conduct.signal,
      secrets: conduct.secrets,
    }),
  )
  if (outcome.kind === 'aborted') throw new Aborted('setup was stopped')
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return { kind: 'done' }
  return { kind: 'failed', command: setup, output: outcome.kind === 'not-started' ? outcome.message : outcome.output }
}

/**
 * What stands in a checkout beside its commit: equal texts say that a command left no trace. Of a folder that is ignored
 * as a whole (`node_modules`) only that it is there. Undefined when it cannot be told.
 */
export async function tracesIn(checkout: Checkout): Promise<string | undefined> {
  const opened = await openRepository(checkout.directory)
  if (opened.kind !== 'repository') return undefined
  return JSON.stringify([await dirtyPaths(opened.repository), await ignoredPaths(opened.repository)])
}

async function anyExists(directory: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    names.map((name) =>
      access(join(directory, name)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
