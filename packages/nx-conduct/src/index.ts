// The graph entry: Nx loads this for every command, so it imports the compiler alone.
export { createDependencies } from './graph/create-dependencies.ts'
export { createNodes, createNodes as createNodesV2 } from './graph/create-nodes.ts'

export { preTasksExecution } from './graph/pre-tasks.ts'

export const name = 'nx-conduct'
