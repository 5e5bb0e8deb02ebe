import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import type { EnvironmentFault } from '../gates/environment-fault.ts'
import type { RunContext } from '../run/context.ts'
import { declaredIn } from './declared.ts'
import { missingIn } from './missing-in.ts'
import { inFolder, lockfilesIn } from './package-managers.ts'

/** A command that installs on its own: what is missing after it, it did not install. */
export const installs =
  /\b(?:npm|pnpm|yarn|bun|pip3?|pipenv|poetry|pdm|uv)\s+(?:\S+\s+){0,2}?(?:ci|i|install|add|sync)\b|\buv run\b|\buvx\b/

/**
 * Why a gate's command failed, if nothing installs the dependencies that the tree's lockfile names: the spec has no `setup:`, and the
 * output misses what a manifest of the tree declares. Undefined for whatever an agent could have caused, such as a module of the
 * project that is not there.
 */
export async function notInstalled(
  { plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>,
  tree: Oid,
  checkout: { readonly directory: string },
  failed: { readonly command: string; readonly output: string },
): Promise<EnvironmentFault | undefined> {
  if (plan.settings.setup !== undefined || installs.test(failed.command)) return undefined
  const missing = missingIn(failed.output)
  if (missing.length === 0) return undefined
  for (const lockfile of await lockfilesIn(workspace, tree)) {
    const { path, folder, manager } = lockfile
    const asked = missing.filter(({ language }) => language === manager.language)
    if (manager.install === undefined || asked.length === 0) continue
    if (await isFilled(join(checkout.directory, folder, 'node_modules'))) continue
    const isDeclared = await declaredIn(workspace, tree, lockfile)
    const found = asked.find((each) => each.kind === 'all' || isDeclared(each))
    if (found === undefined) continue
    const what = found.kind === 'all' ? '' : ` (${found.name} is missing)`
    return {
      what: `nothing installs the dependencies that ${path} asks for${what}`,
      next: `add this line to the front matter of ${workspace.specFile} and commit it: setup: ${inFolder(lockfile, manager.install)}`,
    }
  }
  return undefined
}

/** Whether something was installed; tools keep caches in folders that begin with a dot. */
async function isFilled(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some((name) => !name.startsWith('.'))
}
