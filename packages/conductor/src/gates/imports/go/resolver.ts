import { basename, join } from 'node:path/posix'
import { isBuilt } from '../built.ts'
import type { Unresolved } from '../import.ts'
import { folderOf, foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'
import { type GoModule, readGoModule } from './module.ts'

/** Where imports of Go lead: to a folder of a module of the tree, the standard library, or a module that `go.mod` requires. */
export class GoResolver {
  readonly #tree: SourceTree
  readonly #read = new Map<string, Promise<GoModule | undefined>>()
  #all: Promise<readonly GoModule[]> | undefined
  #packages: ReadonlySet<string> | undefined

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  async resolve(from: string, specifier: string): Promise<Unresolved | undefined> {
    const folder = foldersAbove(from).find((each) => this.#tree.namesIn(each).includes('go.mod'))
    const own = folder === undefined ? undefined : await this.#module(inFolder(folder, 'go.mod'))
    if (own === undefined || specifier.startsWith('.')) return undefined
    if (this.#holdsPackage(inFolder(own.folder, `vendor/${specifier}`))) return undefined
    const replaced = own.replaced.find(({ path }) => isIn(specifier, path))
    const within = [own, ...(await this.#modules())]
      .filter(({ path }) => isIn(specifier, path))
      .toSorted((one, other) => other.path.length - one.path.length)
    for (const { folder, path } of [...(replaced === undefined ? [] : [replaced]), ...within]) {
      if (this.#holdsPackage(folderIn({ folder, path }, specifier))) return undefined
    }
    const [nearest] = within
    if (nearest?.path === own.path) return this.#missing(own, specifier)
    // Without a dot it is the standard library's; `C` is cgo.
    if (!(specifier.split('/')[0] ?? '').includes('.')) return undefined
    if (nearest !== undefined || own.required.some((path) => isIn(specifier, path))) return undefined
    return { kind: 'undeclared', why: `${own.file} requires no module that has it: run \`go get ${specifier}\`` }
  }

  async #missing(own: GoModule, specifier: string): Promise<Unresolved | undefined> {
    const folder = folderIn(own, specifier)
    if (await isBuilt(this.#tree, inFolder(folder, 'x.go'))) return undefined
    return {
      kind: 'missing',
      why: `${folder === '' ? 'the top folder' : folder} holds no .go file that can be imported: nobody wrote it, or a .gitignore hides it`,
    }
  }

  #holdsPackage(folder: string): boolean {
    this.#packages ??= new Set(
      this.#tree.paths.filter((path) => path.endsWith('.go') && !path.endsWith('_test.go')).map(folderOf),
    )
    // A file by any name is one that the spec has generated, or that is behind a link.
    return this.#packages.has(folder) || ['x.go', 'x.pb.go'].some((name) => this.#tree.has(inFolder(folder, name)))
  }

  async #modules(): Promise<readonly GoModule[]> {
    this.#all ??= Promise.all(
      this.#tree.paths
        .filter((path) => basename(path) === 'go.mod' && !/(?:^|\/)(?:vendor|testdata)\//.test(path))
        .map((path) => this.#module(path)),
    ).then((all) => all.filter((each) => each !== undefined))
    return this.#all
  }

  #module(file: string): Promise<GoModule | undefined> {
    const known = this.#read.get(file)
    if (known !== undefined) return known
    const reading = this.#tree.read(file).then((text) => readGoModule(file, text ?? ''))
    this.#read.set(file, reading)
    return reading
  }
}

/** Where a module has a package; `.` and slashes at the ends left out. */
function folderIn({ folder, path }: Pick<GoModule, 'folder' | 'path'>, specifier: string): string {
  return join(folder, specifier.slice(path.length)).replace(/^\/|^\.$|\/$/g, '')
}

function isIn(specifier: string, path: string): boolean {
  return specifier === path || specifier.startsWith(`${path}/`)
}
