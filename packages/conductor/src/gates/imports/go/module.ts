import { join } from 'node:path/posix'
import { folderOf } from '../source-tree.ts'

/** What a `go.mod` says. */
export interface GoModule {
  readonly file: string
  readonly folder: string
  /** Path with which its packages are imported. */
  readonly path: string
  readonly required: readonly string[]
  /** Modules that are taken from folders of the repository. */
  readonly replaced: readonly { readonly path: string; readonly folder: string }[]
}

/** Undefined for a text that names no module. */
export function readGoModule(file: string, text: string): GoModule | undefined {
  const lines = statementsOf(text)
  const path = lines.find(({ verb }) => verb === 'module')?.words[0]
  if (path === undefined) return undefined
  const folder = folderOf(file)
  const replaced = lines
    .filter(({ verb }) => verb === 'replace')
    .flatMap(({ words }) => {
      const [from] = words
      const to = words[words.indexOf('=>') + 1] ?? ''
      return from !== undefined && /^\.{1,2}\//.test(to) ? [{ path: from, folder: join(folder, to) }] : []
    })
  const names = lines
    .filter(({ verb }) => verb === 'require' || verb === 'replace')
    .flatMap(({ words }) => words.slice(0, 1))
  return { file, folder, path, required: names, replaced }
}

/** Its lines with the word that opens the block around them. */
function statementsOf(text: string): readonly { readonly verb: string; readonly words: readonly string[] }[] {
  const found: { verb: string; words: string[] }[] = []
  let block: string | undefined
  for (const line of text.split('\n')) {
    const words = line
      .replace(/\/\/.*$/, '')
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^["`]|["`]$/g, ''))
      .filter((word) => word !== '')
    const [first, second] = words
    if (first === undefined) continue
    if (block !== undefined) {
      if (first === ')') block = undefined
      else found.push({ verb: block, words })
    } else if (second === '(') block = first
    else found.push({ verb: first, words: words.slice(1) })
  }
  return found
}
