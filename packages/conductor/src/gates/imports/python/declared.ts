import { basename } from 'node:path/posix'
import { distributionsOf, normalized } from '../../../dependencies/distributions.ts'
import { isInstalled } from '../../../dependencies/package-managers.ts'
import type { SourceTree } from '../source-tree.ts'

/** What a project of Python declares, wherever in the tree it does. */
export interface Declared {
  /** The manifest to add a dependency to; undefined where the tree declares none, or computes what it needs. */
  readonly manifest: string | undefined
  has(module: string): boolean
}

const manifestName =
  /^(?:[\w.-]*require[\w.-]*\.(?:txt|in)|constraints[\w.-]*\.txt|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment[\w.-]*\.ya?ml|conda[\w.-]*\.ya?ml|tox\.ini|noxfile\.py|pixi\.toml)$/
const inRequirements = /(?:^|\/)(?:requirements|reqs|deps)\/[^/]+\.(?:txt|in)$/

/** Reads every manifest of the tree. */
export async function readDeclared(tree: SourceTree): Promise<Declared> {
  const paths = tree.paths.filter((path) => {
    return (manifestName.test(basename(path)) || inRequirements.test(path)) && !isInstalled(path)
  })
  const read = await Promise.all(paths.map(async (path) => ({ path, text: (await tree.read(path)) ?? '' })))
  const declaring = read.filter(({ path, text }) => declares(basename(path), text))
  const isComputed = read.some(({ path, text }) => computes(basename(path), text, declaring.length))
  const names = new Set(read.flatMap(({ text }) => namesIn(text)))
  const [nearestTop] = declaring.toSorted((one, other) => one.path.split('/').length - other.path.split('/').length)
  return {
    manifest: isComputed ? undefined : nearestTop?.path,
    has: (module) => distributionsOf(module).some((each) => names.has(each)) || isPartOf(names, module),
  }
}

function declares(name: string, text: string): boolean {
  if (name === 'tox.ini' || name === 'noxfile.py') return false
  if (name.endsWith('.toml'))
    return /^\s*(?:dependencies|optional-dependencies)\s*=|^\[(?:tool\.(?:poetry|pixi)[\w.-]*dependencies|dependencies|dependency-groups|project\.optional-dependencies)\]/m.test(
      text,
    )
  if (name.startsWith('setup.')) return /\binstall_requires\b/.test(text)
  return name.endsWith('ml') ? /^dependencies:/m.test(text) : true
}

/** Whether what is needed is only known when a build runs. */
function computes(name: string, text: string, declaring: number): boolean {
  if (name === 'setup.py') return /\binstall_requires\s*=\s*(?!\[)/.test(text) && declaring < 2
  return name === 'pyproject.toml' && /^dynamic\s*=\s*\[[^\]]*["']dependencies["']/m.test(text) && declaring === 0
}

/**
 * Names at the start of a line, an item or a string, as all manifests have their packages, without the project's own. Some of them are none; an import of that name is
 * taken for declared then.
 */
function namesIn(text: string): readonly string[] {
  const withoutComments = text.replace(/(?:^|\s)#.*$/gm, '').replace(/^\s*name\s*=.*$/gm, '')
  const named = [...withoutComments.matchAll(/(?:^|["'])[ \t]*(?:-[ \t]+)?([A-Za-z][\w.-]*)/gm)].map(
    ([, name]) => name ?? '',
  )
  const addressed = [...withoutComments.matchAll(/(?:#egg=|\/)([A-Za-z][\w.-]*?)(?:\.git)?(?=[@#\s"'&]|$)/gm)].map(
    ([, name]) => name ?? '',
  )
  return [...named, ...addressed].map(normalized)
}

/** Namespaces are filled by many packages (`google-cloud-storage`), and many put `python` or `py` before or behind the name of their module. */
function isPartOf(names: ReadonlySet<string>, module: string): boolean {
  const [first = module] = module.split('.')
  const own = normalized(first)
  const around = [`python-${own}`, `${own}-python`, `py-${own}`, `py${own}`, `${own}-py`, `${own}py`, `python3-${own}`]
  if (around.some((each) => names.has(each))) return true
  const plain = own.replaceAll('-', '')
  for (const name of names) {
    if (name.startsWith(`${own}-`) || name.endsWith(`-${own}`) || name.replaceAll('-', '') === plain) return true
  }
  return false
}
