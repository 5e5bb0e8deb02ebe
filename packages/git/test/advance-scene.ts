import { appendFileSync, chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type AdvanceOutcome, advanceBranch, type Repository } from '../src/index.ts'
import { commitAll, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

export const start = {
  'edit.txt': 'one\n',
  'drop.txt': 'one\n',
  'other.txt': 'one\n',
  'mode.sh': '#!/bin/sh\n',
  'becomes-folder': 'one\n',
  'becomes-file/inner.txt': 'one\n',
}

export interface Scene {
  readonly repo: Repository
  readonly from: string
  readonly to: string
}

/** On main: `start`. The result: one commit further, on the branch `conduct/spec`, as a person would find it. */
export async function scene(): Promise<Scene> {
  const repo = await repositoryWith(start)
  return resultOf(repo, (root) => {
    sh(root, 'rm', '-q', '-r', 'drop.txt', 'becomes-folder', 'becomes-file')
    write(root, {
      'edit.txt': 'two\n',
      'new.txt': 'new\n',
      'becomes-folder/x': 'x\n',
      'becomes-file': 'f\n',
      'a/b/c.sh': '#!\n',
    })
    symlinkSync('new.txt', join(root, 'link'))
    chmodSync(join(root, 'mode.sh'), 0o755)
  })
}

export async function resultOf(repo: Repository, build: (root: string) => void): Promise<Scene> {
  const from = sh(repo.root, 'rev-parse', 'HEAD')
  const side = join(temporaryDirectory(), 'side')
  sh(repo.root, 'worktree', 'add', '-q', '-b', 'conduct/spec', side)
  build(side)
  const to = commitAll(side, 'Built')
  sh(repo.root, 'worktree', 'remove', '--force', side)
  return { repo, from, to }
}

export function advance({ repo, from, to }: Scene): Promise<AdvanceOutcome> {
  return advanceBranch(repo, { branch: 'main', from, to })
}

/** The command that a person is given to take a result. */
export function takeOver(root: string): boolean {
  try {
    sh(root, 'merge', '-q', '--ff-only', '--no-overwrite-ignore', 'refs/heads/conduct/spec')
    return true
  } catch {
    return false
  }
}

export function ignore(root: string, ...lines: readonly string[]): void {
  appendFileSync(join(root, '.git/info/exclude'), lines.map((line) => `${line}\n`).join(''))
}

/** A folder beside the checkout, with the same file in it. */
export function outside(root: string): string {
  const target = join(root, '..', 'outside')
  write(target, { 'b/c.sh': 'mine\n' })
  return target
}
