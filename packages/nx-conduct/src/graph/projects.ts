import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit'
import { ancestorsOf, artifactFolder, type Phase, type Plan, phaseFolder, printableLine } from '@nx-conduct/spec'
import { planDigest, stepDigest } from './digest.ts'
import { phaseNamedInputs, stepInputs, testInputs, type WorkspaceState } from './inputs.ts'
import { implementTarget, phaseProject, stepTargets } from './names.ts'

/** What the command's options look like, for `nx show project` and Nx Console. */
type Example = NonNullable<NonNullable<TargetConfiguration['metadata']>['help']>['example']

type Project = Omit<ProjectConfiguration, 'root'> & { readonly name: string }

/** The plan as Nx projects by root: one for the spec, one per phase. Pure. */
export function specProjects(
  plan: Plan,
  specFile: string,
  specFolder: string,
  workspace: WorkspaceState,
): Record<string, Project> {
  return {
    [specFolder]: specProject(plan, specFile),
    ...Object.fromEntries(
      plan.phases.map((phase) => [
        phaseFolder(specFolder, phase.slug),
        phaseProjectConfiguration(plan, { specFile, specFolder, phase }, workspace),
      ]),
    ),
  }
}

function specProject(plan: Plan, specFile: string): Project {
  const leaves = plan.phases.filter((phase) => !plan.phases.some((other) => other.dependsOn.includes(phase.id)))
  const about = (executor: string, description: string, example: Example = {}): TargetConfiguration => ({
    executor: `nx-conduct:${executor}`,
    options: { spec: specFile },
    cache: false,
    inputs: [],
    metadata: {
      description,
      technologies: ['nx-conduct'],
      help: helpFor(plan.name, executor, example),
    },
  })
  const anyPhase = plan.phases[0]?.id ?? '1'
  return {
    name: plan.name,
    projectType: 'application',
    tags: ['conduct:spec'],
    metadata: {
      description: printableLine(plan.title),
      technologies: ['nx-conduct'],
      targetGroups: {
        Build: ['conduct', 'finalize'],
        Read: ['plan', 'status', 'watch', 'lint'],
        'Step in': ['hand-in', 'mcp'],
        'Go back': ['redo', 'rollback', 'clean'],
      },
    },
    targets: {
      conduct: {
        ...about('conduct', 'Build the software that the spec describes'),
        // The executor of the steps: Nx gives it to the process that runs them.
        executor: 'nx-conduct:step',
        options: { spec: specFile, step: 'conduct', digest: planDigest(plan) },
        dependsOn: ['finalize'],
      },
      plan: about('plan', 'Print what a run would do, and the ceiling of its budget'),
      status: about('status', 'Show the current or last run', { options: { json: true } }),
      watch: about('watch', 'Follow a run from another terminal'),
      'hand-in': about('hand-in', 'Take your own work for a phase, and check it', {
        options: { phase: anyPhase, from: 'my-branch' },
      }),
      mcp: {
        ...about('mcp', 'Serve the run as MCP tools, to agents that drive it', { options: { port: 8123 } }),
        continuous: true,
      },
      redo: about('redo', 'Build a phase and all that depend on it again', { options: { phase: anyPhase } }),
      rollback: about('rollback', 'Go back to a checkpoint: the phases after it are built again', {
        options: { to: `phase-${anyPhase}` },
      }),
      clean: about('clean', 'Remove what ended runs left', { options: { force: true } }),
      lint: about('lint', 'Show what the compiler finds in the spec', { options: { json: true } }),
      finalize: {
        ...about('finalize', 'Merge and prove the result, and move the branch the run started from'),
        executor: 'nx-conduct:step',
        options: { spec: specFile, step: 'finalize', digest: planDigest(plan) },
        dependsOn: [
          ...plan.phases.map((phase) => ({ projects: [phaseProject(plan, phase)], target: stepTargets.checkpoint })),
          ...leaves.map((phase) => ({ projects: [phaseProject(plan, phase)], target: stepTargets.validate })),
        ],
      },
    },
  }
}

interface PhasePlace {
  readonly specFile: string
  readonly specFolder: string
  readonly phase: Phase
}

function phaseProjectConfiguration(
  plan: Plan,
  { specFile, specFolder, phase }: PhasePlace,
  workspace: WorkspaceState,
): Project {
  const parents = plan.phases.filter(({ id }) => phase.dependsOn.includes(id))
  const inputs = stepInputs(plan, phase)
  const outputs = (step: string, module?: string) => [
    `{workspaceRoot}/${artifactFolder(plan.name, { phase: phase.slug, step, ...(module === undefined ? {} : { module }) })}`,
  ]
  const step = (name: string, more: Partial<TargetConfiguration> & { module?: string }): TargetConfiguration => {
    const { module, ...rest } = more
    return {
      executor: 'nx-conduct:step',
      cache: true,
      outputs: outputs(name, module),
      options: {
        spec: specFile,
        step: name,
        phase: phase.slug,
        ...(module === undefined ? {} : { module }),
        digest: stepDigest(plan, phase),
      },
      metadata: {
        technologies: ['nx-conduct'],
        description: `Phase ${phase.id}: ${name}${module === undefined ? '' : ` ${module}`}`,
        help: helpFor(phaseProject(plan, phase), `conduct-${name}${module === undefined ? '' : `--${module}`}`),
      },
      ...rest,
    }
  }
  const after = (target: string, phases: readonly Phase[]) =>
    phases.map((other) => ({ projects: [phaseProject(plan, other)], target }))
  return {
    name: phaseProject(plan, phase),
    projectType: 'application',
    tags: ['conduct:phase'],
    namedInputs: phaseNamedInputs(specFolder, phase),
    metadata: {
      description: printableLine(`Phase ${phase.id}: ${phase.title}`),
      technologies: ['nx-conduct'],
      targetGroups: {
        Steps: [
          stepTargets.worktrees,
          ...phase.modules.map(({ slug }) => implementTarget(slug)),
          stepTargets.integrate,
          stepTargets.test,
          stepTargets.validate,
          stepTargets.checkpoint,
        ],
        Check: ['test'],
        ...(phase.approval === 'required' ? { 'Step in': ['approve'] } : {}),
      },
      conduct: {
        dependsOn: parents.map((parent) => phaseProject(plan, parent)),
        modules: phase.modules
          .filter(({ implicit }) => !implicit)
          .map(({ name, paths }) => ({ name, paths: paths ?? [] })),
      },
    } as NonNullable<ProjectConfiguration['metadata']>,
    targets: {
      [stepTargets.worktrees]: step('worktrees', {
        inputs: inputs.worktrees,
        dependsOn: after(stepTargets.validate, parents),
      }),
      ...Object.fromEntries(
        phase.modules.map(({ slug }) => [
          implementTarget(slug),
          step('implement', { module: slug, inputs: inputs.implement, dependsOn: [stepTargets.worktrees] }),
        ]),
      ),
      [stepTargets.integrate]: step('integrate', {
        inputs: inputs.integrate,
        dependsOn: [stepTargets.worktrees, ...phase.modules.map(({ slug }) => implementTarget(slug))],
      }),
      [stepTargets.test]: step('test', { inputs: inputs.test, dependsOn: [stepTargets.integrate] }),
      [stepTargets.validate]: step('validate', {
        inputs: inputs.validate,
        dependsOn: [stepTargets.worktrees, stepTargets.test],
      }),
      [stepTargets.checkpoint]: step('checkpoint', {
        cache: false,
        inputs: [],
        outputs: [],
        dependsOn: [stepTargets.validate, ...after(stepTargets.checkpoint, parents)],
      }),
      ...(phase.approval === 'required' ? { approve: approveTarget(plan, specFile, phase) } : {}),
      test: {
        executor: 'nx-conduct:test',
        cache: true,
        outputs: [],
        inputs: testInputs(plan, { specFile, specFolder, phase, earlier: ancestorsOf(plan, phase.id) }, workspace),
        options: { spec: specFile, phase: phase.slug },
        metadata: {
          technologies: ['nx-conduct'],
          description: `The test command of phase ${phase.id}, on the current files`,
          help: helpFor(phaseProject(plan, phase), 'test'),
        },
      },
    },
  }
}

/** Points at the help of a target, which its executor's schema has. */
function helpFor(project: string, target: string, example: Example = {}) {
  return { command: `npx nx run ${project}:${target} --help`, example }
}

function approveTarget(plan: Plan, specFile: string, phase: Phase): TargetConfiguration {
  return {
    executor: 'nx-conduct:approve',
    options: { spec: specFile, phase: phase.slug },
    cache: false,
    inputs: [],
    metadata: {
      technologies: ['nx-conduct'],
      description: `Approve what phase ${phase.id} came to, or say why not`,
      help: helpFor(phaseProject(plan, phase), 'approve', { options: { reject: 'why' } }),
    },
  }
}
