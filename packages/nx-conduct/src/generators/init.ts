import {
  addDependenciesToPackageJson,
  formatFiles,
  type GeneratorCallback,
  type NxJsonConfiguration,
  readJson,
  readNxJson,
  type Tree,
  updateNxJson,
} from '@nx/devkit'
import { artifactRoot } from '@nx-conduct/spec'
import about from '../../package.json' with { type: 'json' }

export interface InitOptions {
  readonly skipFormat?: boolean
  readonly skipPackageJson?: boolean
  readonly keepExistingVersions?: boolean
}

const plugin = 'nx-conduct'
const syncGenerator = 'nx-conduct:sync'

/** Registers the plugin and its global sync generator, adds the dev dependency, and ignores run artifacts. Idempotent. */
export default async function init(tree: Tree, options: InitOptions): Promise<GeneratorCallback> {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {}
  const plugins = nxJson.plugins ?? []
  if (!plugins.some((entry) => (typeof entry === 'string' ? entry : entry.plugin) === plugin)) {
    nxJson.plugins = [...plugins, { plugin }]
  }
  const global = nxJson.sync?.globalGenerators ?? []
  if (!global.includes(syncGenerator)) nxJson.sync = { ...nxJson.sync, globalGenerators: [...global, syncGenerator] }
  // `updateNxJson` writes only where there is a file.
  if (!tree.exists('nx.json')) tree.write('nx.json', '{}')
  updateNxJson(tree, nxJson)
  ignoreArtifacts(tree)
  const install =
    options.skipPackageJson || !tree.exists('package.json') || hasDependency(tree)
      ? () => undefined
      : addDependenciesToPackageJson(
          tree,
          {},
          { [plugin]: about.version },
          'package.json',
          options.keepExistingVersions ?? false,
        )
  if (!options.skipFormat) await formatFiles(tree)
  return install
}

function hasDependency(tree: Tree): boolean {
  const { dependencies, devDependencies } = readJson<
    Record<'dependencies' | 'devDependencies', Record<string, string> | undefined>
  >(tree, 'package.json')
  return dependencies?.[plugin] !== undefined || devDependencies?.[plugin] !== undefined
}

/** What nobody wants committed: the artifacts of runs, and what npm and Nx keep for themselves where nothing ignores it yet. */
function ignoreArtifacts(tree: Tree): void {
  const text = tree.exists('.gitignore') ? (tree.read('.gitignore', 'utf8') ?? '') : ''
  const rules = text.split('\n').map((line) =>
    line
      .trim()
      .replace(/^(?:\*\*)?\//, '')
      .replace(/\/(?:\*{1,2})?$/, ''),
  )
  const wanted = [artifactRoot, 'node_modules', ...(rules.includes('.nx') ? [] : ['.nx/cache', '.nx/workspace-data'])]
  const missing = wanted.filter((name) => !rules.includes(name))
  if (missing.length === 0) return
  const lines = missing.map((name) => `${name}\n`).join('')
  tree.write('.gitignore', `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`)
}
