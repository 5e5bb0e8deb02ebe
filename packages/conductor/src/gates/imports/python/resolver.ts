import { basename } from 'node:path/posix'
import { isBuilt } from '../built.ts'
import type { Import, Unresolved } from '../import.ts'
import { foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'
import { type Declared, readDeclared } from './declared.ts'
import { PythonModules } from './modules.ts'
import { standardLibrary } from './standard-library.ts'

/** A package whose modules come from elsewhere as well. */
const fillsItself = /\b(?:__path__|__getattr__|sys\.modules|meta_path|declare_namespace|initpkg)\b/
/** Part of every environment in which tests or builds run. */
const provided = new Set(['pytest', 'setuptools', 'pkg_resources', 'pip', 'wheel', 'pyodide', 'js'])
/** What compiles modules that the tree does not hold. */
const compilers = new Set(['setup.py', 'pyproject.toml', 'Cargo.toml', 'CMakeLists.txt', 'meson.build'])

/** Where imports of Python lead: in the tree, to the standard library, or to a package that is declared. */
export class PythonResolver {
  readonly #tree: SourceTree
  readonly #modules: PythonModules
  #declared: Promise<Declared> | undefined
  #protocols: ReadonlySet<string> | undefined

  constructor(tree: SourceTree) {
    this.#tree = tree
    this.#modules = new PythonModules(tree)
  }

  async resolve(from: string, imported: Import): Promise<Unresolved | undefined> {
    const { specifier } = imported
    const dots = /^\.*/.exec(specifier)?.[0].length ?? 0
    return dots === 0 ? this.#absolute(from, imported) : this.#relative(from, dots, imported)
  }

  async #relative(from: string, dots: number, { specifier, names }: Import): Promise<Unresolved | undefined> {
    const folder = foldersAbove(from)[dots - 1]
    // Out of the repository.
    if (folder === undefined) return undefined
    const parts = specifier
      .slice(dots)
      .split('.')
      .filter((part) => part !== '')
    return this.#inTree(from, folder, parts, names)
  }

  async #absolute(from: string, { specifier, names }: Import): Promise<Unresolved | undefined> {
    const parts = specifier.split('.')
    const [first = ''] = parts
    // Extension modules have such names, and so has what an interpreter keeps to itself.
    if (standardLibrary.has(first) || provided.has(first) || first.startsWith('_')) return undefined
    const roots = this.#modules.rootsOf(from, first)
    let own: Unresolved | undefined
    let shared: Unresolved | undefined
    for (const root of roots) {
      const fault = await this.#inTree(from, root, parts, names)
      if (fault === undefined) return undefined
      // Within a package, what is beside a file is only found by a script that is run there.
      if (this.#tree.has(inFolder(root, '__init__.py'))) continue
      // A folder without `__init__.py` leaves the name to others, too.
      if (this.#modules.has(inFolder(root, first))) own ??= fault
      else shared ??= fault
    }
    if (own !== undefined) return (await this.#changesPath(from)) ? undefined : own
    const declared = await this.#declarations()
    if (declared.has(specifier)) return undefined
    if (shared !== undefined) return (await this.#changesPath(from)) ? undefined : shared
    // Somewhere in the tree; where the search begins is set when it runs.
    if (this.#modules.isNamed(first) || (await this.#isMade(from, first))) return undefined
    const { manifest } = declared
    // Stubs describe what a library may be given.
    if (manifest === undefined || from.endsWith('.pyi') || (await this.#changesPath(from))) return undefined
    return {
      kind: 'undeclared',
      why: `no manifest declares ${first}: add the package that has it to ${manifest}, or write the module if it is to be one of this project`,
    }
  }

  /** Follows a module from a folder of the tree down to the names that are taken of it. */
  async #inTree(
    from: string,
    folder: string,
    parts: readonly string[],
    names: readonly string[],
  ): Promise<Unresolved | undefined> {
    let at = folder
    for (const part of parts) {
      const next = inFolder(at, part)
      if (!this.#modules.isModule(next)) return this.#fault(from, next, at)
      at = next
    }
    for (const name of names) {
      const module = inFolder(at, name)
      if (this.#modules.isModule(module) || !(await this.#modules.holdsOnlyModules(at, name))) continue
      const fault = await this.#fault(from, module, at)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  /** What is wrong with a module that is not there; undefined where something may give it otherwise. */
  async #fault(from: string, path: string, within: string): Promise<Unresolved | undefined> {
    // Of a file that is no package, the rest are its own names.
    if (this.#modules.has(within) && !this.#tree.hasFolder(within)) return undefined
    if (await this.#isMade(from, path)) return undefined
    const init = (await this.#tree.read(inFolder(within, '__init__.py'))) ?? ''
    if (fillsItself.test(init)) return undefined
    return {
      kind: 'missing',
      why: `neither ${path}.py nor a folder ${path} is in the tree: nobody wrote it, or a .gitignore hides it`,
    }
  }

  /** Whether a module that is not there is built, compiled or generated. */
  async #isMade(from: string, path: string): Promise<boolean> {
    const name = basename(path)
    if (this.#isOfProtocol(name) || (await isBuilt(this.#tree, `${path}.py`))) return true
    for (const folder of foldersAbove(from)) {
      for (const file of this.#tree.namesIn(folder).filter((each) => compilers.has(each))) {
        const text = (await this.#tree.read(inFolder(folder, file))) ?? ''
        const compiles =
          /\bExtension\(|ext_modules|maturin|scikit-build|meson|setuptools-rust|cffi|\[lib\]|add_(?:library|module)|cmake/i
        if (compiles.test(text) && new RegExp(`\\b${name}\\b`).test(text)) return true
      }
    }
    return false
  }

  /** `a_pb2` of an `a.proto` in the tree. */
  #isOfProtocol(name: string): boolean {
    const [, stem] = /^(.+)_pb2(?:_grpc)?$/.exec(name) ?? []
    if (stem === undefined) return false
    this.#protocols ??= new Set(
      this.#tree.paths
        .filter((path) => path.endsWith('.proto'))
        .map((path) => basename(path, '.proto').replaceAll('-', '_')),
    )
    return this.#protocols.has(stem)
  }

  /** Whether a file, or what pytest loads before it, changes where modules are looked for. */
  async #changesPath(from: string): Promise<boolean> {
    const files = [from, ...foldersAbove(from).map((folder) => inFolder(folder, 'conftest.py'))]
    const texts = await Promise.all(files.map((file) => this.#tree.read(file)))
    return texts.some((text) => text !== undefined && /\bsys\.path\b|\bsite\.addsitedir\b/.test(text))
  }

  #declarations(): Promise<Declared> {
    this.#declared ??= readDeclared(this.#tree)
    return this.#declared
  }
}
