import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../contract.ts'
import { stampOf } from './stamp.ts'

/** Files of the git directory that make later git commands do something, by path below it: settings, hooks, rules. Each as a digest of mode and content. */
export type SettingsRead = ReadonlyMap<string, string>

interface KnownFile {
  readonly stamp: string
  readonly digest: string
}

/** Larger ones are known by their times alone. */
const largestReadBytes = 4 * 1024 * 1024

/** Reads again and again what decides how git behaves in a repository; a file that did not change is not read again. */
export class SettingsReader {
  readonly #commonDir: string
  #files: ReadonlyMap<string, KnownFile> = new Map()

  constructor({ commonDir }: Repository) {
    this.#commonDir = commonDir
  }

  read(): SettingsRead {
    const paths = ['config', 'config.worktree', ...this.#namesIn('hooks'), ...this.#namesIn('info')]
    const files = new Map<string, KnownFile>()
    for (const path of paths) {
      const file = join(this.#commonDir, path)
      const stats = followed(file)
      if (stats === undefined) continue
      const stamp = stampOf(stats)
      const earlier = this.#files.get(path)
      if (stamp !== '' && earlier?.stamp === stamp) files.set(path, earlier)
      else files.set(path, { stamp, digest: digestOf(file, stats) })
    }
    this.#files = files
    return new Map([...files].map(([path, { digest }]) => [path, digest]))
  }

  #namesIn(folder: string): readonly string[] {
    try {
      return readdirSync(join(this.#commonDir, folder)).map((name) => `${folder}/${name}`)
    } catch {
      return []
    }
  }
}

/** Paths that differ, sorted. */
export function changedSettings(before: SettingsRead, after: SettingsRead): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort()
}

function digestOf(file: string, stats: Stats): string {
  const { mode, ino, size, mtimeMs, ctimeMs } = stats
  const isRead = stats.isFile() && size <= largestReadBytes
  const content = isRead ? contentOf(file) : stats.isFile() ? `${ino} ${size} ${mtimeMs} ${ctimeMs}` : ''
  return createHash('sha256').update(`${mode} `).update(content).digest('hex')
}

function followed(file: string) {
  try {
    return statSync(file)
  } catch {
    return undefined
  }
}

/** Two equal answers are what is asked for; what cannot be read is as good as any other content. */
function contentOf(file: string): Buffer | string {
  try {
    return readFileSync(file)
  } catch {
    return ''
  }
}
