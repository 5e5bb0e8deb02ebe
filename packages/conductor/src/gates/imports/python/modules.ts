import { basename, join } from 'node:path/posix'
import { folderOf, foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'

/** Endings of files that Python, or what is compiled for it, imports. */
const moduleEnding = /\.(?:py|pyi|pyx|pxd|pyd|so)$/
/** Folders that hold packages without being part of their names. */
const sourceFolders = ['', 'src', 'lib', 'python']

/** A package that decides when it runs what it holds. */
const opensItself =
  /\bimport\s*\(?\s*\*|\b__getattr__\b|\bglobals\s*\(|\b__path__\b|\bsys\.modules\b|\bsetattr\s*\(|\bexec\s*\(|\blocals\s*\(|\blazy/

export class PythonModules {
  readonly #tree: SourceTree
  #names: ReadonlySet<string> | undefined
  readonly #stems = new Map<string, ReadonlySet<string>>()

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  /** Whether some file or folder of Python anywhere in the tree has this name. */
  isNamed(name: string): boolean {
    if (this.#names !== undefined) return this.#names.has(name)
    const names = new Set<string>()
    const seen = new Set<string>()
    for (const path of this.#tree.paths) {
      if (!moduleEnding.test(path)) continue
      names.add(stemOf(path))
      for (let at = folderOf(path); at !== '' && !seen.has(at); at = folderOf(at)) {
        seen.add(at)
        names.add(basename(at))
      }
    }
    this.#names = names
    return names.has(name)
  }

  /** Folders from which absolute imports of a file may start and that hold the module's first part. */
  rootsOf(from: string, first: string): readonly string[] {
    const all = foldersAbove(from).flatMap((folder) => sourceFolders.map((name) => join(folder, name)))
    return [...new Set(all)]
      .map((root) => (root === '.' ? '' : root))
      .filter((root) => this.isModule(inFolder(root, first)))
  }

  /** Whether a path without an ending is a module, or a folder with a file in it: a package without `__init__.py`. */
  isModule(path: string): boolean {
    return this.has(path) || this.#tree.hasFolder(path)
  }

  /** Whether a path without an ending is a file that can be imported. */
  has(path: string): boolean {
    if (['.py', '.pyi', '/__init__.py'].some((ending) => this.#tree.has(`${path}${ending}`))) return true
    return this.#stemsIn(folderOf(path)).has(basename(path))
  }

  /** Whether what is taken of a package can only be a module of its own: nothing in its `__init__.py` has the name. */
  async holdsOnlyModules(folder: string, name: string): Promise<boolean> {
    if (!this.#tree.hasFolder(folder) || this.#tree.has(`${folder}.py`) || this.#tree.has(`${folder}.pyi`)) return false
    const texts = await Promise.all(
      ['__init__.py', '__init__.pyi'].map((file) => this.#tree.read(inFolder(folder, file))),
    )
    if (this.#stemsIn(folder).has('__init__') && texts.every((text) => text === undefined)) return false
    const isOpen = texts.some((text) => text !== undefined && (opensItself.test(text) || hasWord(text, name)))
    return !isOpen && !/^__\w+__$/.test(name)
  }

  #stemsIn(folder: string): ReadonlySet<string> {
    const known = this.#stems.get(folder)
    if (known !== undefined) return known
    const stems = new Set(
      this.#tree
        .namesIn(folder)
        .filter((name) => moduleEnding.test(name))
        .map(stemOf),
    )
    this.#stems.set(folder, stems)
    return stems
  }
}

/** A module's name: extension modules have the interpreter's version behind it. */
function stemOf(path: string): string {
  return basename(path).split('.', 1)[0] ?? ''
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text)
}
