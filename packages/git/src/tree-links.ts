import type { Oid, Repository } from './contract.ts'
import { type Effort, type Link, type PathContents, type WayOut, waysOut } from './link-target.ts'
import { type Difference, differencesOf, emptyTreeFor, entriesOf, isTree } from './objects/tree-diff.ts'
import { GitError } from './process/index.ts'

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
  if (!(await holdsLinks(repo, tree))) return { all: [], byPath: new Map(), plain: new Set(), above: new Set() }
  const entries = await differencesOf(repo.objects, emptyTreeFor(tree), tree)
  const isLink = ({ toMode }: Difference): boolean => toMode === '120000'
  const found = entries.filter(isLink).map(({ path, toOid }) => ({ path, oid: toOid }))
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
    const { path } = entry
    folders.add(path.slice(0, Math.max(path.lastIndexOf('/'), 0)))
    if (!isLink(entry) && byPath.has(withoutCase(path))) plain.add(withoutCase(path))
  }
  for (const folder of folders) {
    for (const place of [...foldersOf(withoutCase(folder)), withoutCase(folder)])
      if (byPath.has(place)) plain.add(place)
  }
  return { all, byPath, plain, above }
}

async function holdsLinks(repo: Repository, tree: Oid): Promise<boolean> {
  const entries = await entriesOf(repo.objects, tree)
  if (entries.some(({ mode }) => mode === '120000')) return true
  const below = await Promise.all(entries.filter(isTree).map(({ oid }) => holdsLinks(repo, oid)))
  return below.includes(true)
}

/** Texts of links by object id. As the system takes them: up to a NUL; an absolute one is used for a text that is too long. */
async function readTargets({ objects, commonDir }: Repository, oids: readonly Oid[]): Promise<Map<Oid, string>> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const texts = await Promise.all(
    oids.map(async (oid): Promise<readonly [Oid, string]> => {
      const info = await objects.info(oid)
      if (info?.type !== 'blob') throw new GitError(`The text of a link, blob ${oid}, is not in ${commonDir}.`)
      if (info.size > LONGEST_TARGET_BYTES) return [oid, '/…']
      return [oid, decoder.decode(await objects.content('blob', oid)).split('\0', 1)[0] ?? '']
    }),
  )
  return new Map(texts)
}

function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at))
  return folders
}

function withoutCase(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
