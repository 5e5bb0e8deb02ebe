import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { basename, dirname } from 'node:path/posix'
import picomatch from 'picomatch'
import { parse } from 'yaml'

/** Files that may make their folder the root of an Nx project, as a glob from the workspace's root. */
export const projectFilesGlob = '**/{project,package}.json'

/**
 * Roots of the workspace's Nx projects, of those that need no plugin to be one: a `project.json`, or a `package.json` of the package
 * manager's workspaces. `files`: what {@link projectFilesGlob} matches; `packageGlobs`: see {@link readPackageGlobs}.
 */
export function projectRootsIn(files: readonly string[], packageGlobs: readonly string[]): ReadonlySet<string> {
  const isPackage = memberOf(packageGlobs)
  return new Set(
    files.flatMap((file) =>
      basename(file) === 'project.json' || (basename(file) === 'package.json' && isPackage(dirname(file)))
        ? [dirname(file)]
        : [],
    ),
  )
}

function memberOf(globs: readonly string[]): (folder: string) => boolean {
  const clean = (glob: string) => glob.replace(/^\.\//, '').replace(/\/+$/, '')
  const named = globs.filter((glob) => !glob.startsWith('!')).map(clean)
  const left = globs.filter((glob) => glob.startsWith('!')).map((glob) => clean(glob.slice(1)))
  if (named.length === 0) return () => false
  return picomatch(named, { ignore: left })
}

/** The globs of the package manager's workspaces: npm, yarn, bun and pnpm. A file that cannot be read names none: its package manager reports it. */
export function readPackageGlobs(workspaceRoot: string): readonly string[] {
  const read = (name: string, key: string, parsed: (text: string) => unknown): readonly string[] => {
    try {
      const value = fieldOf(parsed(readFileSync(join(workspaceRoot, name), 'utf8')), key)
      const list = Array.isArray(value) ? value : fieldOf(value, 'packages')
      return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
    } catch {
      return []
    }
  }
  return [...read('package.json', 'workspaces', JSON.parse), ...read('pnpm-workspace.yaml', 'packages', parse)]
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

/** The folder that a path or glob begins with: `packages/api` of `packages/api/**`, and of a file its own path. */
export function folderOf(path: string): string {
  const parts = path.replace(/^\.\//, '').split('/')
  const fixed = parts.slice(0, parts.findIndex((part) => /[*?{[(!]/.test(part)) >>> 0)
  return fixed.join('/').replace(/\/+$/, '')
}

/** The root that a path is in, the deepest one; undefined where it is in none. */
export function rootOf(path: string, roots: ReadonlySet<string>): string | undefined {
  for (let folder = folderOf(path); folder !== '' && folder !== '.'; folder = dirname(folder)) {
    if (roots.has(folder)) return folder
  }
  return roots.has('.') ? '.' : undefined
}
