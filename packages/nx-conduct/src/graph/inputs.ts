import { builtFile, lockfiles, type Phase, type Plan, phaseFile, phaseFolder, specRefs } from '@nx-conduct/spec'
import { hashVariables, marksVariable } from './hash-variables.ts'
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

/**
 * What the phase's test on the user's files depends on: what it and all earlier phases own, `Files:`, `Generated:`, lockfiles; the whole
 * workspace where a module has no paths. Of the spec's folder only the phase's own entries count, so that a word changed
 * in one phase selects that phase alone.
 */
export function testInputs(plan: Plan, specFolder: string, phase: Phase, earlier: readonly Phase[]): Input[] {
  const phases = [...earlier, phase]
  const own = [
    `{workspaceRoot}/${phaseFile(specFolder, phase.slug)}`,
    `{workspaceRoot}/${builtFile(specFolder, phase.slug)}`,
  ]
  const everything = phases.some(({ modules }) => modules.some(({ paths }) => paths === undefined))
  const files = everything
    ? ['{workspaceRoot}/**/*', `!{workspaceRoot}/${specFolder}/*`, ...otherPhases(plan, specFolder, phase)]
    : [
        ...phases.flatMap(({ modules }) => modules.flatMap(({ paths }) => paths ?? [])).map(fileset),
        ...phases.flatMap((of) => [...of.files, ...of.generated.flatMap(({ globs }) => globs)]).map(fileset),
        ...lockfiles.map((name) => `{workspaceRoot}/${name}`),
      ]
  return [...new Set([...files, ...own]), ...environment(plan)]
}

/** Beyond this many phases the lists (their square) would weigh more than the reruns they save. */
const mostListedPhases = 200

/** The other phases' folders, one by one: Nx's globs know no "all but this one". */
function otherPhases(plan: Plan, specFolder: string, phase: Phase): readonly Input[] {
  if (plan.phases.length > mostListedPhases) return []
  return plan.phases
    .filter((other) => other !== phase)
    .map((other) => `!{workspaceRoot}/${phaseFolder(specFolder, other.slug)}/**`)
}

/** A folder means every file in it. */
function fileset(path: string): string {
  const clean = path.replace(/^\.\//, '').replace(/\/+$/, '')
  const isPattern = /[*?{[]/.test(clean)
  const hasExtension = /\.[^/]+$/.test(clean)
  return `{workspaceRoot}/${clean}${isPattern || hasExtension ? '' : '/**/*'}`
}
