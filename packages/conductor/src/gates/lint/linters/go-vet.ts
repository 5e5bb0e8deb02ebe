import { folderOf } from '../../../dependencies/package-managers.ts'
import { golangciFiles, goModules } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'

export const goVet: Linter = {
  name: 'go vet',
  program: 'go',
  from: { kind: 'toolchain' },
  files: /\.go$/,
  async place(file, tree) {
    const [module] = await tree.above(folderOf(file), goModules)
    if (module === undefined) return undefined
    // golangci-lint runs vet as well, as far as its configuration wants that.
    const [other] = await tree.above(folderOf(file), golangciFiles)
    return other === undefined ? { folder: folderOf(module), configuration: module } : undefined
  },
  arguments: 'vet ./...',
  takesFiles: false,
  // Up to Go 1.19 it ends with 2, later with 1.
  foundCodes: [1, 2],
  read(output, folder) {
    // Findings are below the name of a package; above are packages that could not be loaded.
    const start = output.search(/^# /m)
    return start === -1 ? [] : lintFindings(output.slice(start), folder).filter(({ path }) => path.endsWith('.go'))
  },
  install: () => 'install Go: https://go.dev/dl',
}
