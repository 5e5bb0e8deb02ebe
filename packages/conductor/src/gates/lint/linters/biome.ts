import { folderOf } from '../../../dependencies/package-managers.ts'
import { biomeFiles } from '../configurations.ts'
import { githubFindings } from '../github-findings.ts'
import type { Linter } from '../linter.ts'

export const biome: Linter = {
  name: 'biome',
  program: 'biome',
  from: { kind: 'npm', package: '@biomejs/biome' },
  files: /\.(?:[cm]?[jt]sx?|jsonc?|css|graphql|gql|html|vue|svelte|astro)$/,
  async place(file, tree) {
    const [nearest] = await tree.above(folderOf(file), biomeFiles)
    return nearest === undefined ? undefined : { folder: folderOf(nearest), configuration: nearest }
  },
  // Only what it fails for, a line each: by default it stops after 20, warnings included.
  arguments:
    'lint --colors=off --reporter=github --max-diagnostics=none --diagnostic-level=error --no-errors-on-unmatched --files-ignore-unknown=true',
  takesFiles: true,
  foundCodes: [1],
  read: githubFindings,
  install: () => 'npm install --save-dev --save-exact @biomejs/biome',
}
