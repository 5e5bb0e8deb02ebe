import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Repository } from '../src/index.ts'
import { spawnActor } from './actor.ts'
import { repositoryWith, temporaryDirectory } from './scene.ts'

export const sweepOptions = {
  keep: () => false,
  saveRef: () => 'refs/conduct/spec/saved/w',
  at: '2026-01-01T00:00:00Z',
}

/** Worktrees of a process that is gone. */
export async function abandoned(...names: readonly string[]): Promise<{ repo: Repository; paths: string[] }> {
  const repo = await repositoryWith({ 'a.txt': '1', '.gitignore': 'ignored\n' })
  const home = temporaryDirectory()
  const paths = names.map((name) => join(home, name))
  const [code] = await once(spawnActor(repo, { create: paths }), 'exit')
  expect(code).toBe(0)
  return { repo, paths }
}
