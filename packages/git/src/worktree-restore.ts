import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Oid, Repository } from './contract.ts'
import { copyIndex } from './copy-index.ts'
import { leavingOf } from './worktree-discard.ts'
import { exclusively } from './worktree-list.ts'
import { lstatIfThere, readIfThere } from './worktree-registry.ts'

/** What a registration's files hold that never change. */
export interface RegistrationFiles {
  readonly commondir: string
  readonly gitdir: string
  /** Whose it is. */
  readonly locked: string
}

export interface RegistrationAsMade {
  readonly adminDir: string
  readonly files: RegistrationFiles
  readonly commit: Oid
  /** An index that has the files of the commit. */
  readonly index: string
}

const complaints: Readonly<Record<keyof RegistrationFiles, string>> = {
  commondir: 'it led to another repository',
  gitdir: 'its path was changed',
  locked: 'it was unlocked',
}
const names = ['commondir', 'gitdir', 'locked'] as const

/** The files that tell whether a registration is as it was made. */
export function registrationPaths(adminDir: string): readonly string[] {
  return names.map((name) => join(adminDir, name))
}

/** Reads the files of a registration that was just made. */
export async function registrationFiles(adminDir: string): Promise<RegistrationFiles> {
  const [commondir, gitdir, locked] = await Promise.all(
    registrationPaths(adminDir).map((file) => readFile(file, 'utf8')),
  )
  return { commondir: commondir ?? '', gitdir: gitdir ?? '', locked: locked ?? '' }
}

/** Makes a worktree's registration what it was, and returns what was wrong with it. */
export async function restoreRegistration(repo: Repository, made: RegistrationAsMade): Promise<readonly string[]> {
  const { adminDir, files } = made
  if ((await lstatIfThere(adminDir)) === undefined) {
    const isBack = await exclusively(repo, () => registerAgain(repo, made))
    return isBack ? ['its registration was removed'] : []
  }
  const wrong: string[] = []
  for (const name of names) {
    if ((await readIfThere(join(adminDir, name))) === files[name]) continue
    await replaceFile(join(adminDir, name), (file) => writeFile(file, files[name]))
    wrong.push(complaints[name])
  }
  return wrong
}

/** It appears whole: every git command that reads the registrations fails at one that is half there. */
async function registerAgain(
  repo: Repository,
  { adminDir, files, commit, index }: RegistrationAsMade,
): Promise<boolean> {
  if ((await lstatIfThere(adminDir)) !== undefined) return false
  // What a killed process leaves under this name is cleared by the next one.
  const half = leavingOf(repo, basename(adminDir))
  await rm(half, { recursive: true, force: true })
  await mkdir(half)
  await Promise.all([
    writeFile(join(half, 'HEAD'), `${commit}\n`),
    ...names.map((name) => writeFile(join(half, name), files[name])),
    copyIndex(index, join(half, 'index')),
  ])
  await mkdir(dirname(adminDir), { recursive: true })
  await rename(half, adminDir)
  return true
}

/** A file appears whole: others may read it at any time. */
export async function replaceFile(file: string, write: (file: string) => Promise<void>): Promise<void> {
  const next = `${file}.nx-conduct`
  await rm(next, { force: true })
  await write(next)
  await rename(next, file)
}
