import { posix } from 'node:path'
import type { Oid, Repository } from './contract.ts'
import { isTree, utf8 } from './objects/tree-diff.ts'
import { entryAt } from './objects/tree-edit.ts'
import { treeOf } from './tree.ts'

/** What a path of a tree comes to, links followed; `..` goes back by the text. */
export type LookedUp =
  | { readonly kind: 'file'; readonly oid: Oid }
  | { readonly kind: 'folder'; readonly oid: Oid }
  | { readonly kind: 'submodule' }
  | { readonly kind: 'nothing' }
  /** A link on the way that cannot be followed in the tree. `target`: its text. */
  | { readonly kind: 'broken-link'; readonly link: string; readonly target: string; readonly why: LinkFault }

export type LinkFault = 'it leads to nothing' | 'it leads out of the repository' | 'it leads back to itself'

/** As many as Linux follows. */
const mostLinks = 40

/** Looks a path of a commit or tree up; a link in place of a file counts as what it leads to. Reads objects alone. */
export async function lookUp(repo: Repository, treeish: string, path: string): Promise<LookedUp> {
  const tree = await treeOf(repo, treeish)
  let wanted = posix.normalize(path).replace(/\/$/, '')
  let last: { readonly link: string; readonly target: string } | undefined
  const broken = (why: LinkFault): LookedUp =>
    last === undefined ? { kind: 'nothing' } : { kind: 'broken-link', ...last, why }
  for (let links = 0; links <= mostLinks; links += 1) {
    if (wanted === '.') return { kind: 'folder', oid: tree }
    if (wanted === '..' || wanted.startsWith('../') || wanted.startsWith('/'))
      return broken('it leads out of the repository')
    const step = await firstStep(repo, tree, wanted)
    if (step.kind !== 'link') return step.kind === 'nothing' ? broken('it leads to nothing') : step
    last = { link: step.link, target: step.target }
    wanted = step.target.startsWith('/')
      ? step.target
      : posix.join(posix.dirname(step.link), step.target, step.rest).replace(/\/$/, '')
  }
  return broken('it leads back to itself')
}

type Step =
  | Exclude<LookedUp, { readonly kind: 'broken-link' }>
  | { readonly kind: 'link'; readonly link: string; readonly target: string; readonly rest: string }

/** Walks a path down to its end or to the first link. */
async function firstStep(repo: Repository, tree: Oid, path: string): Promise<Step> {
  const parts = path.split('/')
  for (let length = 1; length <= parts.length; length += 1) {
    const so = parts.slice(0, length).join('/')
    const entry = await entryAt(repo.objects, tree, so)
    if (entry === undefined) return { kind: 'nothing' }
    if (entry.mode === '120000') {
      const target = utf8((await repo.objects.content('blob', entry.oid)).toString('latin1'))
      return { kind: 'link', link: so, target, rest: parts.slice(length).join('/') }
    }
    if (length < parts.length) {
      if (!isTree(entry)) return { kind: 'nothing' }
    } else if (entry.mode === '160000') return { kind: 'submodule' }
    else return isTree(entry) ? { kind: 'folder', oid: entry.oid } : { kind: 'file', oid: entry.oid }
  }
  return { kind: 'nothing' }
}
