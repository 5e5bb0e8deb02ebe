import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitTree, type Oid, withFiles } from '@nx-conduct/git'
import type { Checkout } from '../checkouts/checkout.ts'
import { decisiveLines } from '../checkouts/decisive-lines.ts'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'
import { Aborted } from '../run/problem.ts'
import { inRepository } from '../run/workspace.ts'
import { inFolder, type Lockfile } from './package-managers.ts'

type MakingContext = Pick<RunContext, 'workspace' | 'checkouts' | 'commands' | 'surroundings'>

export interface MadeLockfiles {
  /** The tree with the lockfiles as their package managers wrote them, and with nothing else of what these changed. */
  readonly tree: Oid
  /** Workspace-relative paths of those that are now other than before. */
  readonly changed: readonly string[]
  readonly failed: readonly { readonly lockfile: Lockfile; readonly why: string }[]
}

/**
 * Has lockfiles of a tree made again by their package managers, in a checkout without a setup. Nothing is installed, no scripts
 * run. Throws `Aborted` when the run is being stopped.
 */
export async function makeLockfiles(
  context: MakingContext,
  { tree, parents, label }: { readonly tree: Oid; readonly parents: readonly Oid[]; readonly label: string },
  lockfiles: readonly Lockfile[],
): Promise<MadeLockfiles> {
  const { workspace, checkouts, surroundings } = context
  const commit = await commitTree(workspace.repository, {
    tree,
    parents,
    message: 'Merged, before its lockfiles are made again\n',
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  const files: Record<string, Buffer> = {}
  const failed: { lockfile: Lockfile; why: string }[] = []
  let checkout: Checkout | undefined
  try {
    for (const lockfile of lockfiles) {
      checkout = await cleanCheckout(checkout, () => checkouts.take('gate', label, commit))
      const made = await make(context, checkout, lockfile)
      if (typeof made === 'string') failed.push({ lockfile, why: made })
      else files[lockfile.path] = made
    }
  } finally {
    await checkout?.release()
  }
  const changed: string[] = []
  let after = tree
  for (const [path, content] of Object.entries(files)) {
    const before = after
    after = await withFiles(workspace.repository, before, { [inRepository(workspace, path)]: content })
    if (after !== before) changed.push(path)
  }
  return { tree: after, changed, failed }
}

async function cleanCheckout(checkout: Checkout | undefined, take: () => Promise<Checkout>): Promise<Checkout> {
  return checkout !== undefined && (await checkout.renew()) ? checkout : take()
}

/** The lockfile's new content, or why there is none. */
async function make(
  { workspace, commands, surroundings }: MakingContext,
  checkout: Checkout,
  lockfile: Lockfile,
): Promise<Buffer | string> {
  const { manager, path, folder } = lockfile
  if (manager.lock === undefined) return `${manager.name} has no command that writes a lockfile without installing`
  const command = inFolder(lockfile, manager.lock)
  const startedMs = surroundings.clock.monotonicMs()
  surroundings.report({ type: 'setup', command })
  const outcome = await commands.run(manager.lock, {
    top: checkout.top,
    directory: join(checkout.directory, folder),
    env: checkout.env,
  })
  switch (outcome.kind) {
    case 'aborted':
      throw new Aborted('a package manager was stopped')
    case 'not-started':
      return outcome.message
    case 'timed-out':
      return `it was stopped after ${outcome.timeoutMs} ms (testTimeout)\n${decisiveLines(outcome.output)}`
    case 'signaled':
      return `it was killed by ${outcome.signal}\n${decisiveLines(outcome.output)}`
    case 'exited':
      if (outcome.exitCode !== 0) return decisiveLines(outcome.output)
      break
    default:
      return outcome satisfies never
  }
  surroundings.report({
    type: 'setup',
    command,
    durationMs: Math.round(surroundings.clock.monotonicMs() - startedMs),
  })
  const file = join(checkout.directory, path)
  const isFile = await lstat(file).then(
    (stats) => stats.isFile(),
    () => false,
  )
  if (!isFile) return `it left no file ${path}`
  const [before] = Object.values(await workspace.objects.blobs(await workspace.objects.treeOf(checkout.commit), [path]))
  return asCommitted(await readFile(file), before === undefined ? undefined : await contentOf(workspace, before))
}

function contentOf({ repository }: MakingContext['workspace'], blob: Oid): Promise<Buffer> {
  return repository.objects.content('blob', blob)
}

/** A checkout may have other line endings than the repository (`.gitattributes`). */
function asCommitted(content: Buffer, before: Buffer | undefined): Buffer {
  if (before === undefined || before.includes('\r\n') || !content.includes('\r\n')) return content
  return Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}
