import { basename, dirname } from 'node:path/posix'

/** Files that make projects. */
export const specGlob = '**/.spec/SPEC.md'

/** Project name of a spec that gives itself none: `spec` at the top, `x-spec` for `libs/x/.spec/SPEC.md`. */
export function defaultSpecName(specFile: string): string {
  const owner = basename(dirname(dirname(specFile)))
  return owner === '' || owner === '.' ? 'spec' : `${owner}-spec`
}
