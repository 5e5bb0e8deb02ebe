/** A tree made of some of the modules, and how the failing command ended on it. */
export interface Trial {
  readonly modules: readonly string[]
  /** `unmergeable`: these modules conflict with each other. */
  readonly outcome: 'passed' | 'failed' | 'unmergeable'
}

export type Bisected =
  /** What to run next. */
  | { readonly kind: 'try'; readonly modules: readonly string[] }
  /** One module's own tree fails. That is normal where modules depend on each other. */
  | { readonly kind: 'alone'; readonly module: string }
  | { readonly kind: 'together'; readonly modules: readonly string[] }
  /** Nothing that was run fails. */
  | { readonly kind: 'none'; readonly tried: readonly Trial[] }

/** Each tree costs a run of the failing command. */
export const mostTrees = 6

/**
 * What to run next to find which modules make the merged tree red, or what that came to: first every module by itself, then pairs in
 * their order. Ends at the first red, or when `mostTrees` have been run.
 */
export function bisect(modules: readonly string[], tried: readonly Trial[]): Bisected {
  const red = tried.find(({ outcome }) => outcome === 'failed')
  const [only, ...others] = red?.modules ?? []
  if (only !== undefined && others.length === 0) return { kind: 'alone', module: only }
  if (red !== undefined) return { kind: 'together', modules: red.modules }
  const trials = [...modules.map((module) => [module]), ...(modules.length > 2 ? pairsOf(modules) : [])]
  const next = trials.find((trial) => !tried.some((each) => isSame(each.modules, trial)))
  const runs = tried.filter(({ outcome }) => outcome !== 'unmergeable')
  if (next !== undefined && runs.length < mostTrees) return { kind: 'try', modules: next }
  // The two together are the merged tree, which is red.
  if (modules.length === 2 && next === undefined) return { kind: 'together', modules }
  return { kind: 'none', tried }
}

/** The finding in a sentence; undefined while there is something to run. */
export function describeBisected(bisected: Bisected): string | undefined {
  switch (bisected.kind) {
    case 'try':
      return undefined
    case 'alone':
      return `${quoted(bisected.module)} alone fails as well`
    case 'together':
      return `each module alone passes; ${bisected.modules.map(quoted).join(' and ')} together fail`
    case 'none':
      return `none of these fails alone: ${bisected.tried
        .filter(({ outcome }) => outcome === 'passed')
        .map(({ modules }) => modules.map(quoted).join(' with '))
        .join(', ')}`
    default:
      return bisected satisfies never
  }
}

function pairsOf(modules: readonly string[]): readonly (readonly string[])[] {
  return modules.flatMap((one, at) => modules.slice(at + 1).map((other) => [one, other]))
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}

function quoted(name: string): string {
  return `\`${name}\``
}
