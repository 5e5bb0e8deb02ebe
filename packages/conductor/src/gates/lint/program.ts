import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join, posix, relative } from 'node:path'
import { isObject, objectIn } from '../../run/json-object.ts'
import type { CheckoutFolder } from '../derived-command.ts'
import type { Linter, LintPlace } from './linter.ts'
import { type TreeFiles, upwards } from './tree-files.ts'

/** Folders in which package managers put programs, from a project's folder. */
const folders = { npm: ['node_modules/.bin'], pypi: ['.venv/bin', 'venv/bin'], toolchain: [] } as const

/**
 * The program of a linter as its command names it: the one installed nearest in the checkout, by its path from where it runs; else its name,
 * for PATH. Undefined where the project declares it as a dependency and it is not installed: another version from PATH is another linter.
 */
export async function programOf(
  { program, from }: Linter,
  { folder }: LintPlace,
  checkout: CheckoutFolder,
  tree: TreeFiles,
): Promise<string | undefined> {
  const runsIn = join(checkout.directory, folder)
  // Above the workspace, too: it may be a folder of a larger repository.
  const depth = relative(checkout.top, runsIn).split('/').filter(Boolean).length
  for (let up = 0; up <= depth; up += 1) {
    for (const bin of folders[from.kind]) {
      const path = posix.join('../'.repeat(up), bin, program)
      if (await isProgram(join(runsIn, path))) return path
    }
  }
  return from.kind === 'npm' && (await declares(tree, folder, from.package)) !== undefined ? undefined : program
}

/** The nearest `package.json` from a folder upwards that has a package among its dependencies. */
export async function declares(tree: TreeFiles, folder: string, wanted: string): Promise<string | undefined> {
  for (const each of upwards(folder)) {
    const path = posix.join(each, 'package.json')
    const manifest = tree.paths.has(path) ? (objectIn(await tree.text(path)) ?? {}) : {}
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'].map((kind) => manifest[kind])
    if (kinds.some((dependencies) => isObject(dependencies) && Object.hasOwn(dependencies, wanted))) return path
  }
  return undefined
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
