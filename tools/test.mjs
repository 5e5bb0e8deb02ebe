// `npm test`: sets up, runs every package's tests and the end-to-end tests through Nx, and adds the results up.
import { spawnSync } from 'node:child_process'
import { addUp, forgetReports, suites } from './reports.mjs'
import { build, installPackages, installPrograms, root } from './setup.mjs'

function main() {
  installPackages()
  installPrograms()
  build()
  forgetReports(suites())
  const env = { ...process.env, NX_DAEMON: 'false' }
  const { status } = spawnSync(
    'npx',
    ['nx', 'run-many', '-t', 'test', '--parallel=1', '--outputStyle=stream', '--nxBail=false'],
    { cwd: root, stdio: 'inherit', env },
  )
  addUp(suites(), status)
}

try {
  main()
} catch (error) {
  console.error(`✖ ${error.message}\n\n0 passed, 1 failed`)
  process.exitCode = 1
}
