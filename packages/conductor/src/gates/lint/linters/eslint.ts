import { folderOf } from '../../../dependencies/package-managers.ts'
import { eslintFlat, eslintrc } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'
import type { TreeFiles } from '../tree-files.ts'

const script = /\.[cm]?jsx?$/
const packages = [{ name: /^package\.json$/ }]

/** Files other than JavaScript, and how a configuration says that it is for them, too. */
const further: readonly { readonly files: RegExp; readonly said: RegExp }[] = [
  { files: /\.[cm]?tsx?$/, said: /typescript|\.tsx?\b|\bts\b|@nx\b|@nrwl\b|\bnext\b|react-app|babel|expo|vue/i },
  { files: /\.vue$/, said: /vue|nuxt/i },
  { files: /\.svelte$/, said: /svelte/i },
  { files: /\.astro$/, said: /astro/i },
  { files: /\.json[c5]?$/, said: /json/i },
  { files: /\.mdx?$/, said: /markdown|mdx/i },
  { files: /\.css$/, said: /\bcss\b/i },
  { files: /\.html?$/, said: /html/i },
  { files: /\.ya?ml$/, said: /ya?ml/i },
  { files: /\.(?:graphql|gql)$/, said: /graphql/i },
]
/** A flat configuration leaves out what it has no rules for. Those of a framework may come from a package that its text does not name. */
const leftToFlat = /\.(?:[cm]?tsx?|vue|svelte|astro)$/

export const eslint: Linter = {
  name: 'eslint',
  program: 'eslint',
  from: { kind: 'npm', package: 'eslint' },
  files: /\.(?:[cm]?[jt]sx?|vue|svelte|astro|json[c5]?|mdx?|css|html?|ya?ml|graphql|gql)$/,
  async place(file, tree) {
    const [flat] = await tree.above(folderOf(file), [eslintFlat])
    if (flat !== undefined) {
      const isRead = script.test(file) || leftToFlat.test(file) || isSaidIn(await tree.text(flat), file)
      return isRead ? { folder: folderOf(flat), configuration: flat } : undefined
    }
    const cascade = await tree.above(folderOf(file), eslintrc)
    const [nearest] = cascade
    if (nearest === undefined || !(await isReadBy(cascade, file, tree))) return undefined
    // Such files add up from folder to folder. What they name is found from the package that they are in.
    const [manifest] = await tree.above(folderOf(nearest), packages)
    return { folder: folderOf(manifest ?? nearest), configuration: nearest }
  },
  // Its default format: that of JSON is one line, of which nothing is left when it is cut.
  arguments: '--no-color',
  takesFiles: true,
  foundCodes: [1],
  read: (output, folder) => lintFindings(output, folder),
  install: () => 'npm install --save-dev eslint',
}

/** Without a flat configuration, a file that is named is linted whether the project means that or not: TypeScript, by the parser of JavaScript. */
async function isReadBy(cascade: readonly string[], file: string, tree: TreeFiles): Promise<boolean> {
  if (script.test(file)) return true
  for (const path of cascade) if (isSaidIn(await tree.text(path), file)) return true
  return false
}

function isSaidIn(text: string, file: string): boolean {
  return further.some(({ files, said }) => files.test(file) && said.test(text))
}
