export { default } from '../../vitest.processes.mjs'
