import { plainNameProblem, slugOf } from './name.ts'

/** Project name of a spec that gives itself none: `spec` at the top, `x-spec` for `libs/x/.spec/SPEC.md`. */
export function defaultSpecName(specFile: string): string {
  const owner = specFile.split('/').at(-3)
  return owner === undefined || owner === '' || owner === '.' ? 'spec' : nameFrom(`${owner}-spec`)
}

/**
 * The words themselves where they can be a spec's name, else a name made from them: folders may be called anything, and the name
 * becomes an Nx project, part of git refs and part of commands.
 */
export function nameFrom(words: string): string {
  return plainNameProblem(words) === undefined ? words : slugOf(words)
}
