import { lstat, readlink, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** Where the editor may go: a real directory, and paths in it that may be read but not written. */
export interface Confinement {
  readonly directory: string
  /** Absolute paths; they and what is below them stay as they are. */
  readonly readOnly: readonly string[]
}

export type Access = 'read' | 'write'

export type Confined =
  | { readonly kind: 'inside'; readonly path: string }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * Resolves a path of a tool call to a real path inside the directory, every symbolic link followed, or refuses it:
 * outside (also by `..`, an absolute path or a link), git's data in any spelling a file system may take for `.git`,
 * a dangling link, and for writing also the plan (`.spec`) and what is read-only. The last part need not exist.
 */
export async function confine(given: string, access: Access, { directory, readOnly }: Confinement): Promise<Confined> {
  const refuse = (why: string): Confined => ({ kind: 'refused', message: `\`${given}\` was refused: ${why}` })
  if (given === '' || given.includes('\0')) return refuse('it is not a path.')
  const root = await realpath(directory)
  const asked = isAbsolute(given) ? given : resolve(directory, given)
  const inside = isWithin(directory, asked) ? join(root, relative(directory, asked)) : resolve(asked)
  const real = await realPathOf(inside)
  if (real.kind === 'dangling') return refuse(`${real.link} is a symbolic link to nothing.`)
  if (real.kind === 'no-directory') return refuse(`${real.path} is not a directory.`)
  if (!isWithin(root, real.path)) return refuse('it leads out of your working directory; paths are relative to it.')
  for (const part of [...parts(relative(root, inside)), ...parts(relative(root, real.path))]) {
    if (isGitName(part)) return refuse("git's own data is not yours to read or write.")
    if (access === 'write' && foldName(part) === '.spec')
      return refuse('the plan (`.spec`) is fixed while it is carried out.')
  }
  if (access === 'write')
    for (const path of readOnly)
      if (isWithin(await realpath(path).catch(() => resolve(path)), real.path))
        return refuse('it is read-only for you.')
  return { kind: 'inside', path: real.path }
}

type Real =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'dangling'; readonly link: string }
  | { readonly kind: 'no-directory'; readonly path: string }

/** The real path of what exists, with what does not exist yet after it. */
async function realPathOf(path: string): Promise<Real> {
  try {
    return { kind: 'path', path: await realpath(path) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTDIR') return { kind: 'no-directory', path: dirname(path) }
    if (code === 'ELOOP') return { kind: 'dangling', link: path }
    if (code !== 'ENOENT') throw error
  }
  if (await isLink(path)) return { kind: 'dangling', link: `${path} → ${await readlink(path)}` }
  const parent = dirname(path)
  if (parent === path) return { kind: 'path', path }
  const real = await realPathOf(parent)
  return real.kind === 'path' ? { kind: 'path', path: join(real.path, path.slice(parent.length)) } : real
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

function parts(path: string): readonly string[] {
  return path.split(/[/\\]/)
}

/** `.git` as HFS+, APFS and NTFS may read it: ignorable characters, case, trailing dots and blanks, the short name. */
function isGitName(part: string): boolean {
  const name = foldName(part)
  return name === '.git' || /^git~\d+$/.test(name) || name.startsWith('.git:')
}

function foldName(part: string): string {
  return part
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/[. ]+$/, '')
}
