// `npm run e2e -- NAME …`: what people do with the packed plugin, in workspaces of their own. Each builds first and closes with `N passed, N failed`.
import { dispatch } from './dispatch.mjs'

dispatch('e2e', {
  install: {
    script: 'e2e/scenarios/install.mjs',
    about: '[--cells RE]  installed in the workspaces that people have, up to a finished run (takes the npm registry)',
  },
  terminal: {
    script: 'e2e/scenarios/terminal.mjs',
    about:
      '[--rows RE] [--show NAME] [--keep]  recordings of runs in a terminal (tmux), with and without the terminal UI of Nx, wide and narrow',
  },
  failures: {
    script: 'e2e/scenarios/failures.mjs',
    about:
      '[--rows RE] [--show]  ordinary failures of agents and the machine, and what is printed followed to a finished run',
  },
  affected: {
    script: 'e2e/scenarios/affected.mjs',
    about: '[--columns RE]  what an edit selects and has run again, in Nx 23 and 24 (takes the npm registry)',
  },
  mcp: {
    script: 'e2e/scenarios/mcp.mjs',
    about:
      '[--rows RE]  the run as MCP tools: whole runs, attacks, killed servers, the inspector and the conformance suite (takes the npm registry)',
  },
  docs: {
    script: 'e2e/scenarios/docs.mjs',
    about:
      '[--pages RE] [--kept FOLDER]  every command of the guide and the READMEs, typed in empty folders (takes the npm registry)',
  },
})
