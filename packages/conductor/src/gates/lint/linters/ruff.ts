import { folderOf } from '../../../dependencies/package-managers.ts'
import { ruffFiles } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'

export const ruff: Linter = {
  name: 'ruff',
  program: 'ruff',
  from: { kind: 'pypi', package: 'ruff' },
  // Places in notebooks are cells: no line of the file.
  files: /\.pyi?$/,
  async place(file, tree) {
    const [nearest] = await tree.above(folderOf(file), ruffFiles)
    return nearest === undefined ? undefined : { folder: folderOf(nearest), configuration: nearest }
  },
  // A configuration may say `fix = true`: a gate changes nothing. What the project excludes stays excluded when it is named.
  arguments: 'check --output-format=concise --no-fix --force-exclude',
  takesFiles: true,
  foundCodes: [1],
  read: (output, folder) => lintFindings(output, folder),
  install: () => 'pip install ruff',
}
