import { folderOf } from '../../../dependencies/package-managers.ts'
import { flake8Files } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'

export const flake8: Linter = {
  name: 'flake8',
  program: 'flake8',
  from: { kind: 'pypi', package: 'flake8' },
  files: /\.pyi?$/,
  async place(file, tree) {
    const [nearest] = await tree.above(folderOf(file), flake8Files)
    return nearest === undefined ? undefined : { folder: folderOf(nearest), configuration: nearest }
  },
  // A configuration may choose another format.
  arguments: '--format=default',
  takesFiles: true,
  foundCodes: [1],
  read: (output, folder) => lintFindings(output, folder),
  install: () => 'pip install flake8',
}
