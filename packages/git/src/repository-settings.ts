import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from './contract.ts'

/** Files of the git directory that make later git commands do something, by path below it: settings, hooks, rules. */
export type RepositorySettings = ReadonlyMap<string, string>

/** Reads what decides how git behaves in the repository, each file as a digest of its mode and content. */
export async function readRepositorySettings({ commonDir }: Repository): Promise<RepositorySettings> {
  const inFolder = async (folder: string): Promise<string[]> => {
    const names = await readdir(join(commonDir, folder)).catch(() => [])
    return names.map((name) => `${folder}/${name}`)
  }
  const paths = ['config', 'config.worktree', ...(await inFolder('hooks')), ...(await inFolder('info'))]
  const found = await Promise.all(
    paths.map(async (path): Promise<[string, string][]> => {
      const file = join(commonDir, path)
      // Two equal answers are what is asked for; what cannot be read is as good as any other content.
      const { mode, isFile } = await stat(file).then(
        (stats) => ({ mode: stats.mode, isFile: stats.isFile() }),
        () => ({ mode: 0, isFile: false }),
      )
      if (mode === 0) return []
      const content = isFile ? await readFile(file).catch(() => '') : ''
      return [[path, createHash('sha256').update(`${mode} `).update(content).digest('hex')]]
    }),
  )
  return new Map(found.flat())
}

/** Paths that differ, sorted. */
export function changedSettings(before: RepositorySettings, after: RepositorySettings): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort()
}
