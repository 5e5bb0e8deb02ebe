import { dirname, join } from 'node:path/posix'
import { isObject } from '../../../run/json-object.ts'
import { folderOf, foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'
import { leadsToFile } from './files.ts'
import { readJsonc } from './jsonc.ts'

/** What a `tsconfig.json` says of where imports lead, as paths from the repository's top. */
interface Config {
  readonly baseUrl: string | undefined
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
  /** Folders into which it compiles. */
  readonly out: readonly string[]
  /** Several folders count as one. */
  readonly hasRootDirs: boolean
}

const configName = /^[tj]sconfig(?:\.[\w.-]+)?\.json$/

/**
 * The configurations of TypeScript and of editors for JavaScript. Which of several in a folder applies to a file is not worked out: an import
 * that one of them resolves, in the file's folder or above, is resolved.
 */
export class TypeScriptConfigs {
  readonly #tree: SourceTree
  readonly #read = new Map<string, Promise<readonly Config[]>>()

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  /** What `paths` and `baseUrl` come to. `missing`: the paths that it may lead to hold nothing. */
  async resolve(from: string, specifier: string): Promise<'found' | 'none' | { readonly missing: readonly string[] }> {
    const missing: string[] = []
    for (const { baseUrl, paths } of await this.#above(from)) {
      if (baseUrl !== undefined && leadsToFile(this.#tree, join(baseUrl, specifier))) return 'found'
      for (const { pattern, targets } of paths) {
        const star = matchOf(pattern, specifier)
        if (star === undefined) continue
        const candidates = targets.map((target) => target.replace('*', star))
        if (candidates.some((path) => leadsToFile(this.#tree, path))) return 'found'
        // `*` is for what is found otherwise.
        if (pattern !== '*') missing.push(...candidates)
      }
    }
    return missing.length === 0 ? 'none' : { missing: [...new Set(missing)] }
  }

  /** Whether a path is in a folder into which a configuration above it compiles, or folders count as one there. */
  async compilesTo(from: string, path: string): Promise<boolean> {
    const configs = [...(await this.#above(path)), ...(await this.#above(from))]
    return configs.some(({ out, hasRootDirs }) => {
      return hasRootDirs || out.some((folder) => folder !== '' && (path === folder || path.startsWith(`${folder}/`)))
    })
  }

  async #above(path: string): Promise<readonly Config[]> {
    const found = await Promise.all(
      foldersAbove(path).flatMap((folder) =>
        this.#tree
          .namesIn(folder)
          .filter((name) => configName.test(name))
          .map((name) => this.#config(inFolder(folder, name))),
      ),
    )
    return found.flat()
  }

  #config(path: string): Promise<readonly Config[]> {
    const known = this.#read.get(path)
    if (known !== undefined) return known
    // In place before what it extends is read: circles end.
    const reading = this.#readWithParents(path)
    this.#read.set(path, reading)
    return reading
  }

  async #readWithParents(path: string, seen: ReadonlySet<string> = new Set()): Promise<readonly Config[]> {
    const config = readJsonc((await this.#tree.read(path)) ?? '')
    if (config === undefined || seen.has(path)) return []
    const extended = [config['extends']].flat().filter((each) => typeof each === 'string' && each.startsWith('.'))
    const parents = await Promise.all(
      extended.map((each) => {
        const parent = join(dirname(path), String(each))
        const file = [parent, `${parent}.json`, join(parent, 'tsconfig.json')].find((one) => this.#tree.has(one))
        return file === undefined ? [] : this.#readWithParents(file, new Set([...seen, path]))
      }),
    )
    const options = isObject(config['compilerOptions']) ? config['compilerOptions'] : {}
    return [configOf(folderOf(path), options, parents.flat()), ...parents.flat()]
  }
}

function configOf(folder: string, options: Readonly<Record<string, unknown>>, parents: readonly Config[]): Config {
  const at = (path: unknown): string | undefined =>
    typeof path === 'string' ? tidy(join(folder, path.replace(/^\$\{configDir\}/, '.'))) : undefined
  const baseUrl = at(options['baseUrl'])
  const bases = [...new Set([folder, baseUrl, ...parents.map((parent) => parent.baseUrl)])].filter(
    (base) => base !== undefined,
  )
  const paths = isObject(options['paths']) ? options['paths'] : {}
  return {
    baseUrl,
    paths: Object.entries(paths).map(([pattern, targets]) => ({
      pattern,
      targets: [targets]
        .flat()
        .filter((target) => typeof target === 'string')
        .flatMap((target) => bases.map((base) => tidy(join(base, target.replace(/^\$\{configDir\}/, '.'))))),
    })),
    out: [options['outDir'], options['declarationDir']].map(at).filter((out) => out !== undefined),
    hasRootDirs: Array.isArray(options['rootDirs']),
  }
}

/** What the star of a pattern stands for; empty where there is none. */
function matchOf(pattern: string, specifier: string): string | undefined {
  const [head = '', tail] = pattern.split('*')
  if (tail === undefined) return pattern === specifier ? '' : undefined
  const isMatch =
    specifier.length >= head.length + tail.length && specifier.startsWith(head) && specifier.endsWith(tail)
  return isMatch ? specifier.slice(head.length, specifier.length - tail.length) : undefined
}

function tidy(path: string): string {
  return path === '.' ? '' : path.replace(/\/$/, '')
}
