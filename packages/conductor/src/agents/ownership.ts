import { posix } from 'node:path'
import { lockfiles, type Module, manifests, type Phase } from '@nx-conduct/spec'
import picomatch from 'picomatch'

/** What a module may touch: its own paths, or all that no other module of its phase owns. */
export type Ownership =
  | { readonly kind: 'paths'; readonly globs: readonly string[] }
  | { readonly kind: 'rest'; readonly except: readonly string[] }

export interface Surroundings {
  /** Top-level folders of the phase's base tree. */
  readonly folders: ReadonlySet<string>
  /** Roots of the Nx projects of the workspace, by name. */
  readonly projectRoots: Readonly<Record<string, string>>
}

/** Declared paths; without them the folder of the module's name or the root of the Nx project of that name. */
export function ownPaths(module: Module, around: Surroundings): readonly string[] | undefined {
  if (module.paths && module.paths.length > 0) return module.paths
  if (module.implicit) return undefined
  if (around.folders.has(module.name)) return [`${module.name}/**`]
  const root = around.projectRoots[module.name]
  return root === undefined || root === '.' || root === '' ? undefined : [`${root}/**`]
}

export function ownershipOf(phase: Phase, module: Module, around: Surroundings): Ownership {
  const own = ownPaths(module, around)
  if (own) return { kind: 'paths', globs: own }
  return {
    kind: 'rest',
    except: phase.modules
      .filter((other) => other.slug !== module.slug)
      .flatMap((other) => ownPaths(other, around) ?? []),
  }
}

/** The changed paths that no agent of the workspace may change, whatever it owns. `inWorkspace` writes those as `/path`. */
export function outsideWorkspace(changed: readonly string[]): readonly string[] {
  return changed.filter((path) => path.startsWith('/'))
}

/**
 * The changed paths that are not the module's to change. A lockfile belongs to no module: it may change with a manifest that
 * the module owns, because a package manager writes both.
 */
export function outsideOwnership(ownership: Ownership, changed: readonly string[]): readonly string[] {
  const globs = ownership.kind === 'paths' ? ownership.globs : ownership.except
  const matchers = globs.map(matcherOf)
  const covered = (path: string) => matchers.some((matches) => matches(path))
  const isForeign = (path: string) => (ownership.kind === 'paths' ? !covered(path) : covered(path))
  const foreign = changed.filter(isForeign)
  const installs = changed.some((path) => declares.has(posix.basename(path)) && !isForeign(path))
  const refused = installs ? foreign.filter((path) => !locks.has(posix.basename(path))) : foreign
  return [...new Set([...outsideWorkspace(changed), ...refused])]
}

/** Whether a path is among the paths of one module and of no other. `ownerships`: those of all modules of the phase. */
export function isOwnedAlone(path: string, module: number, ownerships: readonly Ownership[]): boolean {
  const owners = ownerships.flatMap((ownership, at) =>
    ownership.kind === 'paths' && ownership.globs.some((glob) => matcherOf(glob)(path)) ? [at] : [],
  )
  return owners.length === 1 && owners[0] === module
}

/**
 * Globs for a module that is to own further paths, as a person writes them into the spec: folders instead of many files. Undefined where no
 * module can own them.
 */
export function wideningFor(ownership: Ownership, foreign: readonly string[]): readonly string[] | undefined {
  if (ownership.kind === 'rest' || outsideWorkspace(foreign).length > 0) return undefined
  const further = foreign.map((path) => (path.includes('/') ? `${posix.dirname(path)}/**` : path))
  return [...new Set([...ownership.globs, ...further])]
}

const locks = new Set<string>(lockfiles)
const declares = new Set<string>(manifests)

/** Whether a path is meant by a glob. One without wildcards means itself and what is below it. */
export function matcherOf(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.\//, '').replace(/\/+$/, '')
  const matches = picomatch(clean, { dot: true })
  return (path) => path === clean || path.startsWith(`${clean}/`) || matches(path)
}
