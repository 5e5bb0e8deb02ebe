import { folderOf } from '../../../dependencies/package-managers.ts'
import { golangciFiles, goModules } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'
import { isWithin } from '../tree-files.ts'

export const golangciLint: Linter = {
  name: 'golangci-lint',
  program: 'golangci-lint',
  from: { kind: 'toolchain' },
  files: /\.go$/,
  async place(file, tree) {
    const [nearest] = await tree.above(folderOf(file), golangciFiles)
    if (nearest === undefined) return undefined
    const [module] = await tree.above(folderOf(file), goModules)
    const configured = folderOf(nearest)
    // It searches its configuration from where it runs upwards.
    const folder = module !== undefined && isWithin(folderOf(module), configured) ? folderOf(module) : configured
    return { folder, configuration: nearest }
  },
  // By default it prints no more than 50 findings of a linter and 3 that are alike, and stops where another one runs.
  arguments:
    'run --color=never --issues-exit-code=1 --max-issues-per-linter=0 --max-same-issues=0 --allow-parallel-runners ./...',
  takesFiles: false,
  foundCodes: [1],
  nothingCodes: [5],
  read: (output, folder) => lintFindings(output, folder).filter(({ path }) => path.endsWith('.go')),
  install(configuration) {
    const major = /^\s*["']?version["']?\s*[:=]\s*["']?2/m.test(configuration) ? '/v2' : ''
    return `go install github.com/golangci/golangci-lint${major}/cmd/golangci-lint@latest`
  },
}
