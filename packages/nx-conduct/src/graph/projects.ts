import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit'
import { ancestorsOf, artifactFolder, type Phase, type Plan, phaseFolder, printableLine } from '@nx-conduct/spec'
import { planDigest, stepDigest } from './digest.ts'
import { stepInputs, testInputs } from './inputs.ts'
import { implementTarget, phaseProject, stepTargets } from './names.ts'

type Project = Omit<ProjectConfiguration, 'root'> & { readonly name: string }

/** The plan as Nx projects by root: one for the spec, one per phase. Pure. */
export function specProjects(plan: Plan, specFile: string, specFolder: string): Record<string, Project> {
  return {
    [specFolder]: specProject(plan, specFile),
    ...Object.fromEntries(
      plan.phases.map((phase) => [
        phaseFolder(specFolder, phase.slug),
        phaseProjectConfiguration(plan, specFile, specFolder, phase),
      ]),
    ),
  }
}

function specProject(plan: Plan, specFile: string): Project {
  const leaves = plan.phases.filter((phase) => !plan.phases.some((other) => other.dependsOn.includes(phase.id)))
  const about = (executor: string, description: string): TargetConfiguration => ({
    executor: `nx-conduct:${executor}`,
    options: { spec: specFile },
    cache: false,
    inputs: [],
    metadata: { description, technologies: ['nx-conduct'] },
  })
  return {
    name: plan.name,
    projectType: 'application',
    tags: ['conduct:spec'],
    metadata: { description: printableLine(plan.title), technologies: ['nx-conduct'] },
    targets: {
      conduct: { ...about('conduct', 'Build the software that the spec describes'), dependsOn: ['finalize'] },
      plan: about('plan', 'Say what a run would buy'),
      status: about('status', 'Show the current or last run'),
      redo: about('redo', 'Have a phase and all that stand on it built again: --phase=2'),
      rollback: about('rollback', 'Go back to a checkpoint: --to=phase-2'),
      clean: about('clean', 'Remove what ended runs left'),
      lint: about('lint', 'Show what the compiler says about the spec'),
      finalize: {
        ...about('step', 'Merge and prove the result, and move the branch the run started from'),
        options: { spec: specFile, step: 'finalize', digest: planDigest(plan) },
        dependsOn: [
          ...plan.phases.map((phase) => ({ projects: [phaseProject(plan, phase)], target: stepTargets.checkpoint })),
          ...leaves.map((phase) => ({ projects: [phaseProject(plan, phase)], target: stepTargets.validate })),
        ],
      },
    },
  }
}

function phaseProjectConfiguration(plan: Plan, specFile: string, specFolder: string, phase: Phase): Project {
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
    metadata: {
      description: printableLine(`Phase ${phase.id}: ${phase.title}`),
      technologies: ['nx-conduct'],
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
      test: {
        executor: 'nx-conduct:test',
        cache: true,
        outputs: [],
        inputs: testInputs(plan, specFolder, phase, ancestorsOf(plan, phase.id)),
        options: { spec: specFile, phase: phase.slug },
        metadata: {
          technologies: ['nx-conduct'],
          description: `The test command of phase ${phase.id}, on the current files`,
        },
      },
    },
  }
}
