import type { Oid, Repository } from './contract.ts'
import { type Effort, type Link, type PathContents, type WayOut, waysOut } from './link-target.ts'
import { placeOf } from './place.ts'
import { fields, GitError, git } from './process/index.ts'

export interface EscapingLink {
  /** From the top of the tree. */
  readonly path: string
  readonly target: string
  /** Other links on its way out, in the order they are followed. */
  readonly through: readonly string[]
}

/** No system takes a longer link; its text is not read. */
const LONGEST_TARGET_BYTES = 4096
/** Path parts walked for all links of a tree: a hundred for each of 50 000. What is left then is reported as it is. */
const MOST_PARTS = 5_000_000

/**
 * The links of a tree that lead out of it or into its git metadata, through whatever other links, also where a file system
 * takes names that differ by case for one. Reads the tree and its links from the object store; nothing is checked out. A link
 * that leads out on the same way in the tree `allowedIn` is the user's own, and is not reported.
 */
export async function escapingLinks(
  repo: Repository,
  tree: Oid,
  { allowedIn }: { readonly allowedIn?: Oid } = {},
): Promise<readonly EscapingLink[]> {
  if (tree === allowedIn) return []
  const links = await readLinks(repo, tree)
  const effort: Effort = { parts: 0, most: MOST_PARTS }
  const escaping = links.all
    .map((link) => ({ link, ways: follow(link, links, effort) }))
    .filter(({ ways }) => ways.length > 0)
  if (escaping.length === 0) return []
  const allowed = allowedIn === undefined ? undefined : await readLinks(repo, allowedIn)
  const ownWays = new Map(allowed?.all.map((link) => [link.path, link]))
  return escaping
    .filter(({ link, ways }) => {
      const own = ownWays.get(link.path)
      if (allowed === undefined || own === undefined || own.target !== link.target) return true
      const known = new Set(follow(own, allowed).map(wayName))
      return ways.some((way) => !known.has(wayName(way)))
    })
    .map(({ link, ways }) => ({ ...link, through: onTheWay(link, ways[0]) }))
}

interface TreeLinks {
  readonly all: readonly Link[]
  /** By path as a file system without case has it. */
  readonly byPath: ReadonlyMap<string, readonly Link[]>
  /** Paths at which something else is, too, among those of links. */
  readonly plain: ReadonlySet<string>
  /** Folders that have a link below them. */
  readonly above: ReadonlySet<string>
}

function follow(link: Link, links: TreeLinks, effort?: Effort): readonly WayOut[] {
  const walk = waysOut(link.path, effort)
  let step = walk.next()
  while (step.done !== true) step = walk.next(contentsInTree(links, step.value))
  return step.value
}

/** The link of exactly this name last: ways are tried from the end. */
function contentsInTree({ byPath, plain, above }: TreeLinks, path: string): PathContents {
  const place = withoutCase(path)
  const found = byPath.get(place) ?? []
  const exact = found.filter((link) => link.path === path)
  return {
    links: [...found.filter((link) => link.path !== path), ...exact],
    isPlain: exact.length === 0 || plain.has(place),
    isEnd: found.length === 0 && !above.has(place),
  }
}

function wayName({ exit, through }: WayOut): string {
  return JSON.stringify([exit, through.map(({ path, target }) => [path, target])])
}

function onTheWay(link: Link, way: WayOut | undefined): string[] {
  return [...new Set(way?.through.map(({ path }) => path))].filter((path) => path !== link.path)
}

async function readLinks(repo: Repository, tree: Oid): Promise<TreeLinks> {
  const entries = fields((await git(placeOf(repo), ['ls-tree', '-r', '-z', '--full-tree', tree])).stdout)
  const pathOf = (entry: string): string => entry.slice(entry.indexOf('\t') + 1)
  const isLink = (entry: string): boolean => entry.startsWith('120000 ')
  const found = entries
    .filter(isLink)
    .map((entry) => ({ path: pathOf(entry), oid: entry.slice('120000 blob '.length, entry.indexOf('\t')) }))
  if (found.length === 0) return { all: [], byPath: new Map(), plain: new Set(), above: new Set() }
  const targets = await readTargets(repo, [...new Set(found.map(({ oid }) => oid))])
  const all = found.map(({ path, oid }) => ({ path, target: targets.get(oid) ?? '' }))
  const byPath = new Map<string, Link[]>()
  const above = new Set<string>()
  for (const link of all) {
    const place = withoutCase(link.path)
    byPath.set(place, [...(byPath.get(place) ?? []), link])
    for (const folder of foldersOf(place)) above.add(folder)
  }
  const plain = new Set<string>()
  const folders = new Set<string>()
  for (const entry of entries) {
    const path = pathOf(entry)
    folders.add(path.slice(0, Math.max(path.lastIndexOf('/'), 0)))
    if (!isLink(entry) && byPath.has(withoutCase(path))) plain.add(withoutCase(path))
  }
  for (const folder of folders) {
    for (const place of [...foldersOf(withoutCase(folder)), withoutCase(folder)])
      if (byPath.has(place)) plain.add(place)
  }
  return { all, byPath, plain, above }
}

/** Texts of links by object id. As the system takes them: up to a NUL; an absolute one is used for a text that is too long. */
async function readTargets(repo: Repository, oids: readonly Oid[]): Promise<Map<Oid, string>> {
  const place = placeOf(repo)
  const sizes = (await git(place, ['cat-file', '--batch-check'], { input: `${oids.join('\n')}\n` })).stdout.split('\n')
  const targets = new Map<Oid, string>()
  const wanted: Oid[] = []
  for (const [at, oid] of oids.entries()) {
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(sizes[at] ?? '')?.[1]
    if (size === undefined) throw new GitError(`The text of a link, blob ${oid}, is not in ${repo.commonDir}.`)
    if (Number(size) > LONGEST_TARGET_BYTES) targets.set(oid, '/…')
    else wanted.push(oid)
  }
  if (wanted.length === 0) return targets
  const { bytes } = await git(place, ['cat-file', '--batch'], { input: `${wanted.join('\n')}\n` })
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let at = 0
  for (const oid of wanted) {
    const start = bytes.indexOf(0x0a, at) + 1
    const end = start + Number(decoder.decode(bytes.subarray(at, start)).trimEnd().split(' ').at(-1))
    targets.set(oid, decoder.decode(bytes.subarray(start, end)).split('\0', 1)[0] ?? '')
    at = end + 1
  }
  return targets
}

function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at))
  return folders
}

function withoutCase(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
