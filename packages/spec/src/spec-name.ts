/** Project name of a spec that gives itself none: `spec` at the top, `x-spec` for `libs/x/.spec/SPEC.md`. */
export function defaultSpecName(specFile: string): string {
  const owner = specFile.split('/').at(-3)
  return owner === undefined || owner === '' || owner === '.' ? 'spec' : `${owner}-spec`
}
