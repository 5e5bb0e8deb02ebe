import picomatch from 'picomatch'
import type { GateKind } from '../gate-kind.ts'

/** The paths that the phase names under `Files:` exist. */
export const files: GateKind = {
  name: 'files',
  version: 1,
  required: ({ phase }) => phase.files.map((path) => ({ rule: path })),
  check: ({ rule }) => ({
    kind: 'tree',
    findings: async ({ objects }, tree) => missingPaths(await objects.files(tree), [rule]),
  }),
  describe: (rule) => rule,
}

/** One finding per path or glob that nothing in the tree matches. A folder counts as existing. */
export function missingPaths(paths: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted
    .filter((pattern) => {
      const clean = pattern.replace(/^\.\//, '').replace(/\/$/, '')
      const matches = picomatch(clean, { dot: true })
      return !paths.some((path) => path === clean || path.startsWith(`${clean}/`) || matches(path))
    })
    .map((pattern) => `${pattern} does not exist`)
}
