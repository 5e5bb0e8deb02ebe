// `npm start`: sets up, makes tmp/demo a repository of the example, and builds its software there.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, installPackages, root, run } from './setup.mjs'

const usage = `Usage: npm start [-- --fresh] [-- --live]
  --fresh   throw tmp/demo away and start over
  --live    let the real Messages API play the agents (needs ANTHROPIC_API_KEY)`

const demo = join(root, 'tmp', 'demo')

function git(...args) {
  run('git', ['-c', 'core.hooksPath=/dev/null', ...args], { cwd: demo })
}

/** A fresh git repository of the example, with this checkout's packages. */
function makeDemo() {
  rmSync(demo, { recursive: true, force: true })
  mkdirSync(join(root, 'tmp'), { recursive: true })
  cpSync(join(root, 'examples', 'dataflow'), demo, { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(demo, 'node_modules'))
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'DataFlow')
  git('config', 'user.email', 'dataflow@localhost')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'The spec of DataFlow')
}

function main() {
  const { values } = parseArgs({
    options: { fresh: { type: 'boolean' }, live: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) return console.log(usage)
  if (values.live && !process.env.ANTHROPIC_API_KEY) {
    throw new Error(
      '--live needs a key for the Messages API; set ANTHROPIC_API_KEY, or leave --live out to see a rehearsal',
    )
  }
  installPackages()
  build()
  if (values.fresh || !existsSync(join(demo, '.git'))) makeDemo()
  else console.log('Resuming in tmp/demo (start over with: npm start -- --fresh)')

  console.log(
    `\nBuilding DataFlow in tmp/demo with ${values.live ? 'the Messages API' : 'rehearsed agents (no network, no key)'}:`,
  )
  console.log('  npx nx run spec:conduct\n')
  const { status, signal } = spawnSync('npx', ['nx', 'run', 'spec:conduct', '--outputStyle=stream-without-prefixes'], {
    cwd: demo,
    stdio: 'inherit',
    env: { ...process.env, NX_DAEMON: 'false', ...(values.live ? { NX_CONDUCT_REHEARSAL: 'off' } : {}) },
  })
  if (status !== 0) {
    process.exitCode = status ?? 1
    console.log(`\nThe run ended with ${signal ?? status}. Go on with: npm start`)
    return
  }
  console.log(`
Look at what was built:
  cd tmp/demo
  npm start                        # DataFlow itself
  npx nx run spec:status           # what each phase cost, and its gates
  npx nx graph                     # the phases as a graph
  npx nx run spec:plan             # what another run would do: nothing
Change a word in tmp/demo/.spec/SPEC.md, commit it, and ask for the plan again.`)
}

try {
  main()
} catch (error) {
  console.error(`✖ ${error.message}`)
  process.exitCode = 1
}
