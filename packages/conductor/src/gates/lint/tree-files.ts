import { posix } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import { folderOf, isInstalled } from '../../dependencies/package-managers.ts'
import { readWorkspaceFile, type Workspace } from '../../run/workspace.ts'
import { type Configuration, mayConfigure } from './configurations.ts'

/** Files that say where a project starts, beside those that configure a linter. */
const marksProject = new Set(['package.json', 'go.mod', 'Cargo.toml'])

/** What finding linters asks of a tree. Paths are relative to the workspace. */
export class TreeFiles {
  /** Every file of the workspace. */
  readonly paths: ReadonlySet<string>
  readonly #read: (path: string) => Promise<string | undefined>
  /** Names of files that may decide, by folder. */
  readonly #names = new Map<string, string[]>()
  readonly #texts = new Map<string, Promise<string>>()

  private constructor(paths: readonly string[], read: (path: string) => Promise<string | undefined>) {
    this.paths = new Set(paths)
    this.#read = read
    for (const path of paths) {
      const name = posix.basename(path)
      if ((!mayConfigure(name) && !marksProject.has(name)) || isInstalled(path)) continue
      const folder = folderOf(path)
      this.#names.set(folder, [...(this.#names.get(folder) ?? []), name])
    }
  }

  static async of(workspace: Pick<Workspace, 'prefix' | 'repository' | 'objects'>, tree: Oid): Promise<TreeFiles> {
    return new TreeFiles(await workspace.objects.files(tree), (path) => readWorkspaceFile(workspace, tree, path))
  }

  /** Empty where no file is there. */
  text(path: string): Promise<string> {
    const earlier = this.#texts.get(path)
    if (earlier !== undefined) return earlier
    const text = this.#read(path).then((found) => found ?? '')
    this.#texts.set(path, text)
    return text
  }

  /** The paths of such files in a folder and in those above it, the nearest first. */
  async above(folder: string, wanted: readonly Omit<Configuration, 'linter'>[]): Promise<readonly string[]> {
    const found: string[] = []
    for (const each of upwards(folder)) {
      for (const name of this.#names.get(each) ?? []) {
        const path = posix.join(each, name)
        for (const { name: pattern, isOne } of wanted) {
          if (pattern.test(name) && (isOne === undefined || isOne(await this.text(path)))) {
            found.push(path)
            break
          }
        }
      }
    }
    return found
  }
}

/** A folder and those above it, up to the workspace's. */
export function upwards(folder: string): readonly string[] {
  return folder === '' ? [''] : [folder, ...upwards(folderOf(folder))]
}

/** Whether a folder is another one or below it. */
export function isWithin(folder: string, other: string): boolean {
  return other === '' || folder === other || folder.startsWith(`${other}/`)
}
