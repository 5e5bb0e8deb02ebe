import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path/posix'
import { isBuilt } from '../built.ts'
import type { Unresolved } from '../import.ts'
import { foldersAbove, inFolder, type SourceTree } from '../source-tree.ts'
import { TypeScriptConfigs } from './configs.ts'
import { leadsToFile } from './files.ts'
import { faultOfExport, type Package, Packages, saysBuilt, targetsOf } from './packages.ts'

/** The parts of a specifier that names a package. Other names are not taken by registries: tools make them. */
const packageName = /^((?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*)(\/.+)?$/
/** Given by a host or made by a framework, without being installed. */
const provided =
  /^(?:vscode|k6|bun|server-only|client-only|@(?:theme|theme-original|theme-init|site|generated)(?=\/)|meteor)$/
/** Files of tools that give names to modules. */
const toolConfig =
  /^(?:\.babelrc|\.swcrc|(?:babel|vite|vitest|webpack|rollup|rolldown|jest|next|nuxt|astro|svelte|metro|rspack|rsbuild|craco|esbuild|tsup|karma|quasar|vue|electron|storybook|deno|import[-_]map)[\w.-]*\.(?:[cm]?[jt]s|jsonc?))$/

/** Where imports of TypeScript and JavaScript lead, by whatever runtime, compiler or bundler: what one of them finds is resolved. */
export class TypeScriptResolver {
  readonly #tree: SourceTree
  readonly #configs: TypeScriptConfigs
  readonly #packages: Packages

  constructor(tree: SourceTree) {
    this.#tree = tree
    this.#configs = new TypeScriptConfigs(tree)
    this.#packages = new Packages(tree)
  }

  async resolve(from: string, specifier: string): Promise<Unresolved | undefined> {
    // URLs, `node:` and virtual modules, loaders of webpack, paths from the root of a server.
    if (/^[a-z][\w+.-]*:|!|^\/|\0/i.test(specifier)) return undefined
    if (specifier.startsWith('.')) return this.#relative(from, specifier)
    return specifier.startsWith('#') ? this.#internal(from, specifier) : this.#bare(from, specifier)
  }

  async #relative(from: string, specifier: string): Promise<Unresolved | undefined> {
    const exact = join(dirname(from), specifier)
    const path = exact.replace(/[?#].*$/s, '').replace(/\/$/, '')
    if (path.startsWith('..') || leadsToFile(this.#tree, exact) || leadsToFile(this.#tree, path)) return undefined
    // Types that SvelteKit and React Router make.
    if (/(?:^|\/)(?:\$types|\+types(?:\/.*)?)(?:\.[jt]s)?$/.test(path)) return undefined
    return (await this.#isMade(from, path)) ? undefined : missing(path)
  }

  /** `#x` is a name of the nearest package; where that has none, a framework may have made it. */
  async #internal(from: string, specifier: string): Promise<Unresolved | undefined> {
    const viaConfig = await this.#configs.resolve(from, specifier)
    if (viaConfig === 'found') return undefined
    const [nearest] = (await this.#packages.above(from)) ?? []
    if (nearest === undefined || nearest.json['imports'] === undefined || nearest.declared.has('nuxt')) return undefined
    const targets = targetsOf(nearest.json['imports'], specifier)
    if (targets.length === 0) {
      return { kind: 'missing', why: `${nearest.path} has no "imports" for it: add it there` }
    }
    const paths = targets.filter((target) => target.startsWith('.')).map((target) => join(nearest.folder, target))
    if (paths.length < targets.length || paths.some((path) => leadsToFile(this.#tree, path))) return undefined
    for (const path of paths) if (await this.#isMade(from, path)) return undefined
    return missing(paths.join(', '))
  }

  async #bare(from: string, specifier: string): Promise<Unresolved | undefined> {
    const viaConfig = await this.#configs.resolve(from, specifier)
    if (viaConfig === 'found' || isBuiltin(specifier)) return undefined
    const [, name, rest = ''] = packageName.exec(specifier.replace(/\?.*$/s, '')) ?? []
    const packages = await this.#packages.above(from)
    if (packages === undefined) return undefined
    const isDeclared = name !== undefined && packages.some(({ declared }) => declared.has(name))
    const members = name === undefined ? [] : await this.#packages.named(name)
    if (members.length > 0) {
      const faults = members.map((member) => faultOfExport(this.#tree, member, `.${rest}`))
      // Of a package's own name without `exports` only its tools know where it leads.
      const [fault] = faults.includes(undefined) ? [] : faults
      const isSelf = members.some(({ folder, json }) => folder === packages[0]?.folder && json['exports'] === undefined)
      return fault === undefined || isSelf ? undefined : { kind: 'missing', why: fault }
    }
    if (isDeclared) return undefined
    if (typeof viaConfig === 'object') {
      for (const path of viaConfig.missing) if (await this.#isMade(from, path)) return undefined
      return missing(viaConfig.missing.join(', '))
    }
    const [nearest] = packages
    if (name === undefined || nearest === undefined || provided.test(name) || provided.test(name.split('/')[0] ?? ''))
      return undefined
    // Declarations describe what a host may have.
    if (/\.d\.[cm]?ts$/.test(from) || (await this.#isOtherwiseKnown(from, name, packages))) return undefined
    return {
      kind: 'undeclared',
      why: `no package.json declares ${name}: add it to the dependencies in ${nearest.path}`,
    }
  }

  /** Types alone are declared, or a tool of the project gives the name a meaning. */
  async #isOtherwiseKnown(from: string, name: string, packages: readonly Package[]): Promise<boolean> {
    const declares = (other: string) => packages.some(({ declared }) => declared.has(other))
    const types = `@types/${name.replace(/^@/, '').replace('/', '__')}`
    if (declares(types) && /\.[cm]?tsx?$/.test(from)) return true
    if (name === '@jest/globals' && declares('jest')) return true
    const [first = name] = name.split('/')
    if (packages.some(({ folder }) => ['', 'src', 'app'].some((at) => this.#tree.hasFolder(join(folder, at, first)))))
      return true
    if (await this.#isAliased(from, name, packages)) return true
    const declared = [`declare module '${name}`, `declare module "${name}`]
    return (await this.#tree.filesWith(declared)).length > 0
  }

  async #isAliased(from: string, name: string, packages: readonly Package[]): Promise<boolean> {
    const isNamed = namedIn(name)
    for (const { json } of packages) {
      const aliases = [json['jest'], json['alias'], json['_moduleAliases'], json['browser']]
      if (isNamed(JSON.stringify(aliases))) return true
    }
    for (const folder of foldersAbove(from)) {
      for (const file of this.#tree.namesIn(folder).filter((each) => toolConfig.test(each))) {
        // Deno keeps its own list of what is imported.
        if (/^deno\.jsonc?$/.test(file) || isNamed((await this.#tree.read(inFolder(folder, file))) ?? '')) return true
      }
    }
    return false
  }

  /** Whether something says of a path that the tree does not have that it is made. */
  async #isMade(from: string, path: string): Promise<boolean> {
    if (/(?:^|\/)node_modules\//.test(path)) return true
    if ((await this.#configs.compilesTo(from, path)) || (await isBuilt(this.#tree, path))) return true
    const packages = (await this.#packages.above(path)) ?? []
    return packages.some((each) => saysBuilt(this.#tree, each, path))
  }
}

/** Whether a text gives a name of a module a meaning: as a key, or at the start of a string or a pattern. */
function namedIn(name: string): (text: string) => boolean {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const [scope = name] = name.split('/')
  const start = `["'\`/^(]`
  const whole = new RegExp(`${start}\\^?${escaped(name)}(?![\\w-])|\\b${escaped(name)}\\s*:`)
  const ofScope = new RegExp(`${start}\\^?${escaped(scope)}(?:["'\`$]|/[*(.$"'])`)
  return (text) => whole.test(text) || (scope !== name && ofScope.test(text))
}

function missing(path: string): Unresolved {
  return { kind: 'missing', why: `${path} is not in the tree: nobody wrote it, or a .gitignore hides it` }
}
