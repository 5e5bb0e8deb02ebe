import { folderOf } from '../../../dependencies/package-managers.ts'
import { clippyFiles } from '../configurations.ts'
import { lintFindings } from '../lint-findings.ts'
import type { Linter } from '../linter.ts'

const manifests = [{ name: /^Cargo\.toml$/ }]
const workspaces = [{ name: /^Cargo\.toml$/, isOne: (text: string) => /^\s*\[\s*workspace\s*[\].]/m.test(text) }]

export const clippy: Linter = {
  name: 'clippy',
  program: 'cargo',
  from: { kind: 'toolchain' },
  files: /\.rs$/,
  async place(file, tree) {
    const [configuration] = await tree.above(folderOf(file), clippyFiles)
    if (configuration === undefined) return undefined
    const [manifest] = await tree.above(folderOf(file), manifests)
    const [workspace] = await tree.above(folderOf(file), workspaces)
    const top = workspace ?? manifest
    return top === undefined ? undefined : { folder: folderOf(top), configuration }
  },
  arguments: 'clippy --workspace --all-targets --color=never --message-format=short',
  takesFiles: false,
  foundCodes: [101],
  read: (output, folder) => lintFindings(output, folder).filter(({ path }) => path.endsWith('.rs')),
  isMissing: (output) => /no such command: `clippy`|'cargo-clippy(?:\.exe)?' is not installed/.test(output),
  install: () => 'rustup component add clippy',
}
