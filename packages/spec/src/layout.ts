/**
 * Every path and ref name that more than one package knows. Paths are relative to the workspace and use `/`.
 * Nothing else spells these names: what one package writes, another finds.
 */

/** Files that are specs, as a glob from the workspace's root. */
export const specGlob = '**/.spec/SPEC.md'

/** Where a workspace's first spec is. */
export const defaultSpecFile = '.spec/SPEC.md'

/** Folder of the artifacts of all specs. Git ignores it. */
export const artifactRoot = '.conduct'

/** A step of a phase, named by slugs. */
export interface StepLocation {
  readonly step: string
  readonly phase: string
  readonly module?: string
}

/** Folder of a step's artifact: `.conduct/<spec>/<phase>/<step>[/<module>]`. Folders of different steps are disjoint. */
export function artifactFolder(spec: string, { phase, step, module }: StepLocation): string {
  return [artifactRoot, spec, phase, step, ...(module === undefined ? [] : [module])].join('/')
}

/** Folder that holds the folders of a spec's phases. */
export function phasesFolder(specFolder: string): string {
  return `${specFolder}/phases`
}

/** A phase's own folder, the root of its Nx project. */
export function phaseFolder(specFolder: string, phaseSlug: string): string {
  return `${phasesFolder(specFolder)}/${phaseSlug}`
}

/** The compiled slice of a phase, which `nx sync` writes and people commit. */
export function phaseFile(specFolder: string, phaseSlug: string): string {
  return `${phaseFolder(specFolder, phaseSlug)}/phase.json`
}

/** What a tree holds of a phase; `integrate` writes it into the tree it makes. */
export function builtFile(specFolder: string, phaseSlug: string): string {
  return `${phaseFolder(specFolder, phaseSlug)}/built.json`
}

/** The branch that keeps a result, without `refs/heads/`. */
export function resultBranch(spec: string): string {
  return `conduct/${spec}`
}

/** The refs of one spec's runs. */
export interface SpecRefs {
  /** Folder of all of them. */
  readonly root: string
  readonly log: string
  /** A blob with the highest fence ever issued. */
  readonly fence: string
  /** Folders. */
  readonly leases: string
  readonly epochs: string
  readonly checkpoints: string
  readonly archives: string
  readonly saves: string
  readonly refusals: string
  readonly held: string
  /** The result's branch, in full. */
  readonly result: string
  /** Counts deliberate redos; `name` is `epochName()`. */
  epoch(name: string): string
  /** A phase's accepted commit. */
  checkpoint(phaseSlug: string): string
  /** Accepted work that is no longer part of a run. */
  archive(...name: readonly [string, ...string[]]): string
  /** Unfinished work found in a worktree. */
  saved(...name: readonly [string, ...string[]]): string
  /** Keeps the commit of a checkout with a git of its own from garbage collection. `name`: the checkout's folder. */
  heldBy(name: string): string
  /** Moves when a step's artifact was refused. It is an Nx input of the step, so the same stale artifact is not restored again. */
  refused(at: StepLocation): string
}

/** Names of a spec's refs. `spec` is the plan's name; the compiler accepts only names that git accepts as part of a ref. */
export function specRefs(spec: string): SpecRefs {
  const root = `refs/conduct/${spec}`
  const below = (folder: string, name: readonly string[]): string => [root, folder, ...name].join('/')
  return {
    root,
    log: `${root}/log`,
    fence: `${root}/fence`,
    leases: `${root}/lease`,
    epochs: `${root}/epoch`,
    checkpoints: `${root}/checkpoint`,
    archives: `${root}/archive`,
    saves: `${root}/saved`,
    refusals: `${root}/refused`,
    held: `${root}/held`,
    result: `refs/heads/${resultBranch(spec)}`,
    epoch: (name) => below('epoch', [name]),
    checkpoint: (phaseSlug) => below('checkpoint', [phaseSlug]),
    archive: (...name) => below('archive', name),
    saved: (...name) => below('saved', name),
    heldBy: (name) => below('held', [name]),
    refused: ({ phase, step, module }) => below('refused', [phase, step, ...(module === undefined ? [] : [module])]),
  }
}

/** Files that pin dependencies. One of them in a tree means that `setup:` has something to install. */
export const lockfiles = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'go.sum',
  'Cargo.lock',
  'requirements.txt',
  'poetry.lock',
  'pdm.lock',
  'uv.lock',
  'Pipfile.lock',
  'Gemfile.lock',
  'composer.lock',
  'mix.lock',
] as const

/** Files besides lockfiles that declare what is to be installed, and how, by name. */
export const manifests = [
  'package.json',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'bunfig.toml',
  'deno.json',
  'go.mod',
  'go.work',
  'Cargo.toml',
  'rust-toolchain.toml',
  'pyproject.toml',
  'setup.py',
  'setup.cfg',
  'Pipfile',
  'Gemfile',
  '.ruby-version',
  'composer.json',
  '.nvmrc',
  '.node-version',
  '.tool-versions',
] as const
