import { readlink } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isGitName } from './worktree-health.ts'
import { lstatIfThere } from './worktree-registry.ts'

/** A symbolic link: its path from the top of the tree, and its text. */
export interface Link {
  readonly path: string
  readonly target: string
}

/** What a path of the tree may be. More than one thing where names differ only by case. */
export interface PathContents {
  readonly links: readonly Link[]
  /** Whether it may be something else than a link: a folder, a file, nothing. */
  readonly isPlain: boolean
  /** No link is at or below it. */
  readonly isEnd: boolean
}

/** One way on which a link leads out of its tree. */
export interface WayOut {
  /** `tangled`: it was not followed to its end, because that has too many parts. */
  readonly exit: 'absolute' | 'above-the-top' | 'git-metadata' | 'tangled'
  /** The links on the way, the first one included. */
  readonly through: readonly Link[]
}

/** Linux gives up after 40 links, other systems after 32 to 255; programs that follow links themselves, never. */
const MOST_LINKS = 255
/** Path parts walked for one link, over all ways. A link's text has at most 2048. */
const MOST_PARTS = 10_000
/** Ways out that are told apart for one link. */
const MOST_WAYS = 64

/** Whether a link's own text leads out of the tree, other links left aside. */
export function textEscapes(path: string, target: string): boolean {
  if (isAbsolute(target)) return true
  let depth = path.split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

/** A list that ways share, instead of a copy for each. */
type Chain<T> = { readonly first: T; readonly rest: Chain<T> } | undefined

interface Way {
  readonly at: string[]
  /** Parts still to walk. */
  readonly rest: Chain<string>
  /** Links on the way, the latest first, and how many. */
  readonly through: Chain<Link>
  readonly links: number
}

/** What was walked so far, and how much is too much. Shared between links, it bounds them all. */
export interface Effort {
  parts: number
  readonly most: number
}

/**
 * Follows the link at `path` part by part, also through other links, and returns each way that leads out of the tree or
 * into its git metadata. Asks for the contents of one path at a time, all of them inside the tree; what is not there
 * counts as a folder, because it may be made later.
 */
export function* waysOut(
  path: string,
  effort: Effort = { parts: 0, most: MOST_PARTS },
): Generator<string, readonly WayOut[], PathContents> {
  const found: WayOut[] = []
  const most = Math.min(effort.most, effort.parts + MOST_PARTS)
  const ways: Way[] = [{ at: [], rest: partsOf(path), through: undefined, links: 0 }]
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const { at, through, links } = way
    // The depth from which on no link can be met.
    let end = Number.POSITIVE_INFINITY
    for (let rest = way.rest; rest !== undefined; rest = rest.rest) {
      effort.parts += 1
      if (effort.parts > most || found.length > MOST_WAYS) return [...found, { exit: 'tangled', through: [] }]
      const part = rest.first
      if (part === '' || part === '.') continue
      if (part === '..') {
        if (at.pop() === undefined) {
          found.push({ exit: 'above-the-top', through: inOrder(through) })
          break
        }
        if (at.length < end) end = Number.POSITIVE_INFINITY
        continue
      }
      at.push(part)
      if (at.length === 1 && isGitName(part)) {
        found.push({ exit: 'git-metadata', through: inOrder(through) })
        break
      }
      if (at.length > end) continue
      const contents = yield at.join('/')
      if (contents.isEnd) end = at.length
      for (const link of contents.links) {
        const next = { first: link, rest: through }
        if (isAbsolute(link.target)) found.push({ exit: 'absolute', through: inOrder(next) })
        else if (links < MOST_LINKS) {
          ways.push({ at: at.slice(0, -1), rest: partsOf(link.target, rest.rest), through: next, links: links + 1 })
          effort.parts += link.target.length / 2
        }
      }
      if (!contents.isPlain) break
    }
  }
  return found
}

function partsOf(path: string, after?: Chain<string>): Chain<string> {
  let chain = after
  for (const part of path.split('/').reverse()) chain = { first: part, rest: chain }
  return chain
}

function inOrder(chain: Chain<Link>): readonly Link[] {
  const links: Link[] = []
  for (let at = chain; at !== undefined; at = at.rest) links.push(at.first)
  return links.reverse()
}

/**
 * Whether the link at `path` below `top` leads out of `top` or into its git metadata when a program follows it, through whatever other links. Reads
 * links and looks at entries; never looks at anything outside `top`.
 */
export async function linkEscapes(top: string, path: string): Promise<boolean> {
  const walk = waysOut(path)
  let step = walk.next()
  while (step.done !== true) step = walk.next(await contentsInFolder(top, step.value))
  return step.value.length > 0
}

async function contentsInFolder(top: string, path: string): Promise<PathContents> {
  const here = join(top, path)
  const stats = await lstatIfThere(here)
  if (stats?.isSymbolicLink() !== true) return { links: [], isPlain: true, isEnd: stats === undefined }
  return { links: [{ path, target: await readlink(here) }], isPlain: false, isEnd: false }
}
