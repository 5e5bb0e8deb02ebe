import { builtFile, type Module, type Phase, type Plan, phaseFile, specRefs } from '@nx-conduct/spec'
import { hashVariables, marksVariable } from './hash-variables.ts'
import { rootOf } from './project-roots.ts'
import { gitCommand, type RuntimeCommand, versionCommand } from './runtime-command.ts'

type Input = string | { readonly dependentTasksOutputFiles: string } | RuntimeCommand | { readonly env: string }

/** Trees of direct dependencies only: transitive reads cost minutes at 200 phases. */
const trees: Input = { dependentTasksOutputFiles: '**/tree' }

/**
 * The refs that move when a phase is deliberately redone or an artifact was refused, of the whole spec; the step key decides
 * precisely.
 */
function marks(plan: Plan): readonly Input[] {
  const { remote } = plan.settings
  const here: Input = { env: marksVariable(plan.name) }
  if (remote === undefined) return [here]
  // Another machine may have raised an epoch. Without the network the step reads the log itself and refuses a stale artifact.
  const { epochs } = specRefs(plan.name)
  return [gitCommand(['ls-remote', '--', remote, `${epochs}/*`], { otherwise: 'offline' }), here]
}

function environment(plan: Plan): readonly Input[] {
  const tools = plan.settings.tools.length > 0 ? plan.settings.tools : ['node']
  return [
    { env: hashVariables.machine },
    ...tools.map((tool): Input => (tool === 'node' ? { env: hashVariables.node } : versionCommand(tool))),
    ...plan.settings.env.map((name): Input => ({ env: name })),
  ]
}

/** Who plays the agents: the score's text, and the variable that overrides it. */
function agents(plan: Plan): readonly Input[] {
  const score = plan.settings.agent.rehearsal
  return [
    ...(score === undefined ? [] : [`{workspaceRoot}/${score}`]),
    { env: 'NX_CONDUCT_REHEARSAL' },
    { env: hashVariables.score },
  ]
}

export function stepInputs(
  plan: Plan,
  phase: Phase,
): Record<'worktrees' | 'implement' | 'integrate' | 'test' | 'validate', Input[]> {
  const common = [trees, ...marks(plan)]
  const isRoot = phase.dependsOn.length === 0
  const isJoin = phase.dependsOn.length > 1
  return {
    worktrees: [
      ...common,
      ...(isRoot ? [{ env: hashVariables.head }] : []),
      ...(isJoin ? [...agents(plan), ...environment(plan)] : []),
    ],
    implement: [...common, ...agents(plan)],
    integrate: [...common, ...agents(plan)],
    test: [...common, ...agents(plan), ...environment(plan)],
    validate: [...common, ...agents(plan), ...environment(plan)],
  }
}

/** What a plan's targets depend on besides the plan. */
export interface WorkspaceState {
  /** Roots of the workspace's Nx projects. */
  readonly projectRoots: ReadonlySet<string>
  /** Slugs of the phases whose `phase.json` is not that of the spec. */
  readonly unsynced: ReadonlySet<string>
}

interface TestedPhase {
  readonly specFile: string
  readonly specFolder: string
  readonly phase: Phase
  /** All phases that it depends on. */
  readonly earlier: readonly Phase[]
}

/**
 * What the phase's test on the user's files depends on: everything that it can read. That is what the phase names under `Inputs:`. Else, where all
 * modules up to it are in Nx projects, those projects and all that they depend on, and the files at the workspace's root. Else the whole workspace:
 * what modules own is not enough, because a test reads what it likes. Of the spec's folder only the phase's own entries count, so that a word changed in one
 * phase selects that phase alone; until `nx sync` has written that change, the spec itself does.
 */
export function testInputs(plan: Plan, tested: TestedPhase, { projectRoots, unsynced }: WorkspaceState): Input[] {
  const { specFile, specFolder, phase, earlier } = tested
  const isUnsynced = unsynced.has(phase.slug)
  const own = [
    `{workspaceRoot}/${phaseFile(specFolder, phase.slug)}`,
    `{workspaceRoot}/${builtFile(specFolder, phase.slug)}`,
    ...(isUnsynced ? [`{workspaceRoot}/${specFile}`] : []),
  ]
  return [...new Set([...files(), ...own]), ...environment(plan)]

  function rootNamed({ name, implicit }: Module): string {
    return !implicit && projectRoots.has(name) ? name : ''
  }

  function files(): readonly Input[] {
    if (phase.inputs.length > 0) return phase.inputs.map(fileset)
    const phases = [...earlier, phase]
    const paths = phases.flatMap(({ modules }) => modules.flatMap((module) => module.paths ?? [rootNamed(module)]))
    if (paths.every((path) => path !== '' && rootOf(path, projectRoots) !== undefined)) {
      const named = phases.flatMap((of) => [...of.files, ...of.generated.flatMap(({ globs }) => globs)])
      return ['^default', '{workspaceRoot}/*', ...[...paths, ...named].map(fileset)]
    }
    return outside(specFolder)
  }
}

/**
 * What a phase's project is to those that depend on it. The `default` of a workspace names files of the project's root, which Nx refuses to hash
 * where there is none.
 */
export function phaseNamedInputs(specFolder: string, phase: Phase): Record<string, string[]> {
  return { default: [`{workspaceRoot}/${builtFile(specFolder, phase.slug)}`] }
}

/**
 * Filesets of every file outside a folder. They have no exceptions: where Nx selects whole projects (`affected.legacy`, and before Nx 24) it
 * reads each pattern by itself, and one with an exception would select everything.
 */
export function outside(folder: string): readonly string[] {
  const segments = folder.split('/')
  return segments.flatMap((segment, depth) => {
    const above = ['{workspaceRoot}', ...segments.slice(0, depth)].join('/')
    return [`${above}/*`, ...otherNames(segment).map((name) => `${above}/${name}/**/*`)]
  })
}

/** Globs of all names but one: by the first character in which they differ, its beginnings, and what goes on behind it. */
function otherNames(name: string): readonly string[] {
  const characters = [...name]
  const beginnings = characters.map((_, at) => characters.slice(0, at).map(literal).join(''))
  return [
    ...characters.map((character, at) => `${beginnings[at]}[!${character}]*`),
    ...beginnings.filter((beginning) => !['', '.', '..'].includes(beginning)),
    `${characters.map(literal).join('')}?*`,
  ]
}

function literal(character: string): string {
  return /[*?[\]{}()!+@]/.test(character) ? `[${character}]` : character
}

/** A folder means every file in it. */
function fileset(path: string): string {
  const clean = path.replace(/^\.\//, '').replace(/\/+$/, '')
  const isPattern = /[*?{[]/.test(clean)
  const hasExtension = /\.[^/]+$/.test(clean)
  return `{workspaceRoot}/${clean}${isPattern || hasExtension ? '' : '/**/*'}`
}
