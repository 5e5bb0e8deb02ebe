import { basename, join } from 'node:path/posix'
import { isInstalled } from '../../../dependencies/package-managers.ts'
import { isObject, objectIn } from '../../../run/json-object.ts'
import { missingFolder, namesFolder, writesFile } from '../built.ts'
import { folderOf, foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'
import { leadsToFile } from './files.ts'
import { stringsIn } from './jsonc.ts'

/** A `package.json` of the tree. */
export interface Package {
  readonly path: string
  readonly folder: string
  readonly name: string | undefined
  readonly declared: ReadonlySet<string>
  readonly json: Readonly<Record<string, unknown>>
}

const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies', 'peerDependenciesMeta']
/** Members that name files of the package. */
const entries = ['main', 'module', 'browser', 'types', 'typings', 'bin', 'exports', 'imports', 'files', 'directories']
const builders =
  /\b(?:build|compile|transpile|bundle|tsc|rollup|webpack|vite|esbuild|tsup|tsdown|babel|swc|unbuild|parcel|ncc|bob|prepare|prepack|codegen|generate|gen|prisma|protoc|buf|openapi)\b/
const generated = /(?:^|\/)_*gen(?:erated)?_*(?:\/|$)/

export class Packages {
  readonly #tree: SourceTree
  readonly #read = new Map<string, Promise<Package | undefined>>()
  #named: Promise<ReadonlyMap<string, readonly Package[]>> | undefined

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  /** The packages whose folder holds a path, the nearest first. Undefined where one of them cannot be read. */
  async above(path: string): Promise<readonly Package[] | undefined> {
    const found = foldersAbove(path)
      .filter((folder) => this.#tree.namesIn(folder).includes('package.json'))
      .map((folder) => inFolder(folder, 'package.json'))
    const packages = await Promise.all(found.map((each) => this.#package(each)))
    const readable = packages.filter((each) => each !== undefined)
    return readable.length === packages.length ? readable : undefined
  }

  /** The packages of the tree that have a name. */
  async named(name: string): Promise<readonly Package[]> {
    this.#named ??= this.#byName()
    return (await this.#named).get(name) ?? []
  }

  async #byName(): Promise<ReadonlyMap<string, readonly Package[]>> {
    const paths = this.#tree.paths.filter((path) => basename(path) === 'package.json' && !isInstalled(path))
    const all = await Promise.all(paths.map((path) => this.#package(path)))
    const byName = new Map<string, Package[]>()
    for (const each of all) {
      if (each?.name !== undefined) byName.set(each.name, [...(byName.get(each.name) ?? []), each])
    }
    return byName
  }

  #package(path: string): Promise<Package | undefined> {
    const known = this.#read.get(path)
    if (known !== undefined) return known
    const reading = this.#tree.read(path).then((text) => packageOf(path, text ?? ''))
    this.#read.set(path, reading)
    return reading
  }
}

function packageOf(path: string, text: string): Package | undefined {
  const json = objectIn(text.replace(/^\uFEFF/, ''))
  if (json === undefined) return undefined
  const declared = kinds.flatMap((kind) => {
    const list = json[kind]
    return isObject(list) ? Object.keys(list) : []
  })
  const bundled = [json['bundledDependencies'], json['bundleDependencies']].flatMap(stringsIn)
  const name = typeof json['name'] === 'string' ? json['name'] : undefined
  return { path, folder: folderOf(path), name, declared: new Set([...declared, ...bundled]), json }
}

/** Whether a package says of a path that the tree does not have that it is built or generated. */
export function saysBuilt(tree: SourceTree, { folder, json }: Package, path: string): boolean {
  const missing = missingFolder(tree, path)
  const scripts = isObject(json['scripts']) ? Object.entries(json['scripts']).flat().join('\n') : ''
  if (writesFile(scripts, path) || namesFolder(scripts.replace(/\b(?:node|tsx|ts-node) \S+/g, ''), folder, missing))
    return true
  if (missing === undefined || !(builders.test(scripts) || tree.has(inFolder(folder, 'project.json')))) return false
  if (generated.test(missing)) return true
  const own = entries.flatMap((entry) => stringsIn(json[entry])).map((entry) => entry.replace(/^!?(?:\.\/)?/, ''))
  return namesFolder(own.join('\n'), folder, missing)
}

/** Whether a package has what is imported of it (`.` or `./x`); otherwise why not. */
export function faultOfExport(tree: SourceTree, of: Package, subpath: string): string | undefined {
  const { folder, json, path } = of
  if (json['typesVersions'] !== undefined) return undefined
  const isThere = (target: string) => {
    const whole = join(folder, target)
    return (
      leadsToFile(tree, whole) ||
      missingFolder(tree, whole) !== undefined ||
      saysBuilt(tree, { ...of, json: { ...json, exports: undefined } }, whole)
    )
  }
  const { exports } = json
  if (exports === undefined) {
    if (subpath === '.' || isThere(subpath)) return undefined
    return `${inFolder(folder, subpath.slice(2))} is not in the tree: nobody wrote it, or a .gitignore hides it`
  }
  const targets = targetsOf(exports, subpath)
  if (targets.length === 0) return `${path} exports no "${subpath}": add it to its "exports"`
  if (targets.some((target) => !target.startsWith('.') || isThere(target))) return undefined
  return `${path} exports it as ${targets.join(', ')}, which is not in the tree`
}

/** The targets of `exports` or `imports` for a key, under whatever condition. */
export function targetsOf(map: unknown, key: string): readonly string[] {
  const isMap = isObject(map) && Object.keys(map).some((each) => /^[.#]/.test(each))
  if (!isMap) return key === '.' ? stringsIn(map) : []
  if (Object.hasOwn(map, key)) return stringsIn(map[key])
  const patterns = Object.keys(map)
    .filter((each) => each.includes('*') || each.endsWith('/'))
    .toSorted((one, other) => other.length - one.length)
  for (const pattern of patterns) {
    const [head = '', tail = ''] = pattern.split('*')
    if (!key.startsWith(head) || !key.endsWith(tail) || key.length < head.length + tail.length) continue
    const star = key.slice(head.length, key.length - tail.length)
    return stringsIn(map[pattern]).map((target) =>
      pattern.endsWith('/') ? `${target}${star}` : target.replaceAll('*', star),
    )
  }
  return []
}
