import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { fields, type GitPlace, git } from './process/index.ts'
import { scratchFolder } from './scratch-folder.ts'

/** A git directory of our own for one operation: the repository's objects, none of its configuration, hooks or refs. */
export interface Scratch {
  readonly directory: string
  readonly place: GitPlace
  /** Gives `oid` a name that git resolves, inside the scratch alone. */
  name(label: string, oid: Oid): Promise<void>
}

export interface ScratchRequest {
  /** Any object id of the repository: says which hash it uses. */
  readonly like: Oid
  readonly workTree?: string
  /** Default: an index inside the scratch. */
  readonly indexFile?: string
  /** `tree`: only the `.gitignore` files of the work tree hide files, not what the user hides from themselves. */
  readonly ignores?: 'tree'
}

/**
 * Filters, merge drivers, hooks, fsmonitor and external diffs are programs named in configuration. Flags do not turn
 * them all off, and an agent may have written the repository's configuration; here that configuration is not read.
 */
export async function withScratch<T>(
  repo: Repository,
  request: ScratchRequest,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const directory = await scratchFolder()
  try {
    const gitDir = join(directory, 'git')
    await mkdir(join(gitDir, 'refs', 'heads'), { recursive: true })
    await mkdir(join(gitDir, 'info'))
    await Promise.all([
      writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n'),
      writeFile(join(gitDir, 'config'), configFor(request.like)),
      ...['shallow', 'info/attributes', ...(request.ignores === 'tree' ? [] : ['info/exclude'])].map((file) =>
        copyIfThere(join(repo.commonDir, file), join(gitDir, file)),
      ),
    ])
    return await use({
      directory,
      place: {
        gitDir,
        cwd: request.workTree ?? directory,
        ...(request.workTree === undefined
          ? {}
          : { workTree: request.workTree, config: await settingsFor(repo, request) }),
        env: {
          GIT_OBJECT_DIRECTORY: join(repo.commonDir, 'objects'),
          GIT_INDEX_FILE: request.indexFile ?? join(directory, 'index'),
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
        },
      },
      name: (label, oid) => writeFile(join(gitDir, 'refs', 'heads', label), `${oid}\n`, { flag: 'wx' }),
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The configuration of a git directory of our own that a command is to take for the repository's. */
export async function gitDirectoryConfig(repo: Repository, like: Oid): Promise<string> {
  const settings = (await harmlessSettings(repo)).map((setting) => {
    const [, name = '', value = ''] = /^core\.([^=]+)=(.*)$/s.exec(setting) ?? []
    return `\t${name} = ${JSON.stringify(value)}\n`
  })
  return `${configFor(like)}[core]\n${settings.join('')}`
}

function configFor(like: Oid): string {
  return like.length === 64
    ? '[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = sha256\n'
    : '[core]\n\trepositoryformatversion = 0\n\tbare = false\n'
}

async function settingsFor(repo: Repository, { ignores }: ScratchRequest): Promise<readonly string[]> {
  const settings = await harmlessSettings(repo)
  return ignores === 'tree' ? [...settings, 'core.excludesFile=/dev/null'] : settings
}

const settingsOf = new WeakMap<Repository, Promise<readonly string[]>>()

/**
 * The user's settings that say how files look and name no program, so that our checkouts look like the user's. They are read once
 * for an open repository: a run does not change its mind about line endings half-way.
 */
function harmlessSettings(repo: Repository): Promise<readonly string[]> {
  const known = settingsOf.get(repo) ?? readHarmlessSettings(repo)
  settingsOf.set(repo, known)
  known.catch(() => settingsOf.delete(repo))
  return known
}

async function readHarmlessSettings(repo: Repository): Promise<readonly string[]> {
  const names = '^core\\.(autocrlf|eol|filemode|symlinks|ignorecase|precomposeunicode|excludesfile)$'
  const { stdout } = await git(placeOf(repo), ['config', '-z', '--get-regexp', names], { exits: [0, 1] })
  const settings = fields(stdout).map((entry) => {
    const end = entry.indexOf('\n')
    return end === -1 ? `${entry}=true` : `${entry.slice(0, end)}=${entry.slice(end + 1)}`
  })
  return [...settings, 'core.safecrlf=false']
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
