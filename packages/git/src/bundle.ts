import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { addedObjects } from './added-objects.ts'
import type { BundleOutcome, BundleRequest, Oid, Repository, UnbundleOutcome } from './contract.ts'
import { encodeEntry, encodePack, type PackedObject } from './pack.ts'
import { placeOf } from './place.ts'
import { GitCommandError, GitError, type GitPlace, git, type ObjectInfo } from './process/index.ts'
import { withScratch } from './scratch.ts'

const NAME = 'result'

/**
 * Writes into `file` the commit with all its history that the commits in `exclude` do not hold; `empty`, and no file, when they hold
 * it all. Whoever unbundles must have the excluded commits that are its direct ancestors.
 */
export async function createBundle(repo: Repository, request: BundleRequest): Promise<BundleOutcome> {
  const file = resolve(request.file)
  const { commit, exclude } = request
  if (exclude.includes(commit)) return { kind: 'empty' }
  if (await writeSmall(repo, file, commit, exclude)) return { kind: 'bundle' }
  const without = exclude.map((oid) => `^${oid}`)
  const { stdout } = await git(placeOf(repo), ['rev-list', '--max-count=1', request.commit, ...without])
  if (stdout === '') return { kind: 'empty' }
  return withScratch(repo, { like: request.commit }, async ({ place, name }) => {
    await name(NAME, request.commit)
    await rm(file, { force: true })
    await git(place, ['bundle', 'create', '--quiet', file, NAME, ...without])
    return { kind: 'bundle' }
  })
}

/** What is held in memory to write a bundle. */
const SMALL_BYTES = 32 * 1024 * 1024

/** Writes a bundle of a short history without starting git; false where that does not fit. */
async function writeSmall(repo: Repository, file: string, commit: Oid, exclude: readonly Oid[]): Promise<boolean> {
  // Another hash needs another header.
  if (commit.length !== 40) return false
  const added = await addedObjects(repo, commit, exclude)
  if (added === undefined) return false
  const entries = await entriesOf(repo, added.objects)
  if (entries === undefined) return false
  const header = ['# v2 git bundle', ...added.needs.map((oid) => `-${oid}`), `${commit} refs/heads/${NAME}`]
  await writeFile(file, Buffer.concat([Buffer.from(`${header.join('\n')}\n\n`), encodePack(entries)]))
  return true
}

const packed = new WeakMap<Repository, Map<Oid, Buffer>>()

/**
 * The objects as a pack holds them; undefined when they are more than is held in memory. Those of the bundles before are remembered, since
 * a run's bundles hold what the ones before them held.
 */
async function entriesOf(repo: Repository, oids: readonly Oid[]): Promise<readonly Buffer[] | undefined> {
  const known = packed.get(repo) ?? new Map<Oid, Buffer>()
  packed.set(repo, known)
  // Taken before anything is waited for: another bundle may push them out in the meantime.
  const entries = new Map(oids.map((oid) => [oid, known.get(oid)]))
  const missing = oids.filter((oid) => entries.get(oid) === undefined)
  const infos = await Promise.all(missing.map((oid) => infoOf(repo, oid)))
  const bytesKnown = [...entries.values()].reduce((sum, entry) => sum + (entry?.length ?? 0), 0)
  if (infos.reduce((sum, { size }) => sum + size, bytesKnown) > SMALL_BYTES) return undefined
  await Promise.all(
    infos.map(async ({ type, oid }) => {
      const entry = await entryOf(repo, type, oid)
      entries.set(oid, entry)
      known.set(oid, entry)
    }),
  )
  forgetOldest(known)
  return [...entries.values()].filter((entry) => entry !== undefined)
}

async function infoOf(repo: Repository, oid: Oid): Promise<ObjectInfo> {
  const info = await repo.objects.info(oid)
  if (info === undefined)
    throw new GitError(`The object ${oid} is not in the repository.`, { hint: 'Check the repository with: git fsck' })
  return info
}

async function entryOf(repo: Repository, type: string, oid: Oid): Promise<Buffer> {
  if (!isPackable(type)) throw new GitError(`The object ${oid} is a ${type}, which is no part of a commit.`)
  return encodeEntry({ type, content: await repo.objects.content(type, oid) })
}

function forgetOldest(known: Map<Oid, Buffer>): void {
  let bytes = 0
  for (const { length } of known.values()) bytes += length
  for (const [oid, { length }] of known) {
    if (bytes <= SMALL_BYTES) return
    known.delete(oid)
    bytes -= length
  }
}

function isPackable(type: string): type is PackedObject['type'] {
  return type === 'commit' || type === 'tree' || type === 'blob'
}

/**
 * Brings the objects of a bundle into the repository, and no ref. A file that is no bundle, is damaged, or builds on commits
 * that are missing here is refused and nothing is taken.
 */
export async function unbundle(repo: Repository, bundleFile: string): Promise<UnbundleOutcome> {
  const file = resolve(bundleFile)
  const header = await readHeader(file)
  if (header === undefined) {
    return { kind: 'refused', reason: 'not-a-bundle', missing: [], message: `${file} is not a git bundle.` }
  }
  const { commits, needs } = header
  const [like = ''] = commits
  const missing = await absent(repo, needs)
  if (missing.length > 0) {
    const message = `${file} builds on ${missing.length} commit(s) that are not here: ${missing.join(', ')}.`
    return { kind: 'refused', reason: 'missing-commits', missing, message }
  }
  return withScratch(repo, { like }, async ({ directory, place, name }) => {
    for (const [at, oid] of needs.entries()) await name(`need-${at}`, oid)
    const walkAll = ['rev-list', '--objects', '--quiet', ...commits, ...needs.map((oid) => `^${oid}`)]
    const isHere = (await absent(repo, commits)).length === 0
    if (isHere && (await git(place, walkAll, { exits: [0, 128] })).exitCode === 0) return { kind: 'unbundled', commits }
    const quarantine = await besides(repo, place, join(directory, 'objects'))
    try {
      await git(quarantine, ['bundle', 'unbundle', file])
      // A bundle may name commits that it does not hold whole.
      await git(quarantine, walkAll)
    } catch (error) {
      if (!(error instanceof GitCommandError)) throw error
      const message = `${file} cannot be used: ${error.stderr.trim()}`
      return { kind: 'refused', reason: 'damaged', missing: [], message }
    }
    await git(place, ['bundle', 'unbundle', file])
    return { kind: 'unbundled', commits }
  })
}

/** The place with an object store of its own that is read together with the repository's. */
async function besides(repo: Repository, place: GitPlace, objects: string): Promise<GitPlace> {
  await mkdir(objects)
  const env = {
    ...place.env,
    GIT_OBJECT_DIRECTORY: objects,
    // Quoted, a path may hold the separator.
    GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(join(repo.commonDir, 'objects')),
  }
  return { ...place, env }
}

interface BundleHeader {
  readonly commits: readonly Oid[]
  readonly needs: readonly Oid[]
}

/** The text before the pack: a signature, `@capability`, `-<needed> comment` and `<oid> <ref>` lines, an empty line. */
async function readHeader(file: string): Promise<BundleHeader | undefined> {
  const text = await readUntilEmptyLine(file)
  const [signature, ...lines] = text?.split('\n') ?? []
  if (signature === undefined || !/^# v[23] git bundle$/.test(signature)) return undefined
  const needs = lines.flatMap((line) => /^-([0-9a-f]{40,64})(?: |$)/.exec(line)?.[1] ?? [])
  const commits = lines.flatMap((line) => /^([0-9a-f]{40,64}) /.exec(line)?.[1] ?? [])
  return commits.length === 0 ? undefined : { commits, needs }
}

async function readUntilEmptyLine(file: string): Promise<string | undefined> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const buffer = Buffer.alloc(1 << 20)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    const text = buffer.toString('latin1', 0, bytesRead)
    const end = text.indexOf('\n\n')
    return end === -1 ? undefined : text.slice(0, end)
  } finally {
    await handle.close()
  }
}

async function absent(repo: Repository, oids: readonly Oid[]): Promise<Oid[]> {
  const infos = await Promise.all(oids.map((oid) => repo.objects.info(oid)))
  return oids.filter((_, at) => infos[at]?.type !== 'commit')
}
