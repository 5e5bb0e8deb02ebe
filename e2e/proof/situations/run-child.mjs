/**
 * Runs all of a spec's targets as Nx does, without Nx, which takes most of the time of a small run: the plugin's own
 * graph and its batch executor. `run-child.mjs SPEC` in the workspace's folder. Ends with 0 when every task
 * succeeded, else with 1. What it prints is what a person reads.
 */
import { createNodes } from '../../../packages/nx-conduct/dist/index.js'

const [specFile = '.spec/SPEC.md'] = process.argv.slice(2)
const root = process.cwd()

try {
  process.exitCode = (await conductAll()) ? 0 : 1
} catch (error) {
  // As Nx prints what a plugin throws.
  process.stdout.write(
    `✖ ${error.errors?.map(([file, { message }]) => `${file}: ${message}`).join('\n') ?? error.stack}\n`,
  )
  process.exitCode = 1
}

async function conductAll() {
  const [, infer] = createNodes
  const found = await infer([specFile], {}, { workspaceRoot: root, nxJsonConfiguration: {}, configFiles: [specFile] })
  const projects = Object.assign({}, ...found.map(([, result]) => result.projects))
  for (const [path, project] of Object.entries(projects)) project.root ??= path
  const byName = Object.fromEntries(Object.values(projects).map((project) => [project.name, project]))
  const context = {
    root,
    cwd: root,
    isVerbose: false,
    nxJsonConfiguration: {},
    projectsConfigurations: { version: 2, projects: byName },
    projectGraph: { nodes: {}, dependencies: {} },
  }
  const steps = Object.values(byName).flatMap(({ name, targets }) =>
    Object.entries(targets)
      .filter(([, { executor }]) => executor === 'nx-conduct:step')
      .map(([target, config]) => ({ id: `${name}:${target}`, name, target, config })),
  )
  const graph = {
    roots: [],
    tasks: Object.fromEntries(
      steps.map(({ id, name, target }) => [id, { id, target: { project: name, target }, outputs: [], overrides: {} }]),
    ),
    dependencies: Object.fromEntries(
      steps.map(({ id, name, config }) => [
        id,
        (config.dependsOn ?? []).flatMap((other) =>
          typeof other === 'string' ? [`${name}:${other}`] : other.projects.map((each) => `${each}:${other.target}`),
        ),
      ]),
    ),
    continuousDependencies: {},
  }
  const options = Object.fromEntries(steps.map(({ id, config }) => [id, config.options]))
  const { batch } = await import('../../../packages/nx-conduct/dist/executors/step.js')
  const results = await batch(graph, options, {}, context)
  return Object.values(results).every(({ success }) => success)
}
