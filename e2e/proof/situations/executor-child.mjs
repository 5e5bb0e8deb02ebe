/**
 * Runs one executor of the plugin as Nx does, without Nx: `executor-child.mjs NAME JSON` with the options as JSON. Ends
 * with 0 when it succeeded.
 */
const [name, options = '{}'] = process.argv.slice(2)
const { default: executor } = await import(`../../../packages/nx-conduct/dist/executors/${name}.js`)
const context = {
  root: process.cwd(),
  cwd: process.cwd(),
  isVerbose: false,
  nxJsonConfiguration: {},
  projectsConfigurations: { version: 2, projects: {} },
  projectGraph: { nodes: {}, dependencies: {} },
}
const { success } = await executor({ spec: '.spec/SPEC.md', ...JSON.parse(options) }, context)
process.exitCode = success ? 0 : 1
