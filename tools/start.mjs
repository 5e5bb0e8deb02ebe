// `npm start`: sets up, makes a repository of an example in tmp, and builds its software there.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeNeeds, examples } from './examples.mjs'
import { build, installPackages, root, run } from './setup.mjs'

const names = Object.keys(examples)
const usage = `Usage: npm start [-- EXAMPLE] [--fresh] [--live]
  EXAMPLE   ${names.join(' or ')}; ${names[0]} unless it is named
  --fresh   throw the example's folder in tmp away and start over
  --live    let the real Messages API play the agents (needs ANTHROPIC_API_KEY)`

/** A fresh git repository of an example, with this checkout's packages. */
function makeDemo(name, { title }, demo) {
  const git = (...args) => run('git', ['-c', 'core.hooksPath=/dev/null', ...args], { cwd: demo })
  rmSync(demo, { recursive: true, force: true })
  mkdirSync(join(root, 'tmp'), { recursive: true })
  cpSync(join(root, 'examples', name), demo, { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(demo, 'node_modules'))
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'DataFlow')
  git('config', 'user.email', 'dataflow@localhost')
  git('add', '--all')
  git('commit', '--quiet', '--message', `The spec of ${title}`)
}

/** Runs an example's set-up in its demo. False when it fails; what it printed says why. */
function setUp({ setup }, demo, env) {
  if (setup === undefined) return true
  const [program, ...args] = setup
  console.log(`\nInstalling what the example depends on:\n  ${setup.join(' ')}`)
  return spawnSync(program, args, { cwd: demo, stdio: 'inherit', env }).status === 0
}

function main() {
  const { values, positionals } = parseArgs({
    options: { fresh: { type: 'boolean' }, live: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(usage)
  const [name = names[0], ...others] = positionals
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined
  if (example === undefined || others.length > 0)
    throw new Error(`there is no example ${positionals.join(' ')}\n${usage}`)
  if (values.live && !process.env.ANTHROPIC_API_KEY) {
    throw new Error(
      '--live needs a key for the Messages API; set ANTHROPIC_API_KEY, or leave --live out to see a rehearsal',
    )
  }
  const readiness = example.readiness()
  if (readiness.kind === 'missing') {
    console.log(`skipped: ${name} needs programs that are not here\n${describeNeeds(readiness.needs)}`)
    return
  }
  installPackages()
  build()
  const { title } = example
  const folder = `tmp/${example.demo}`
  const demo = join(root, folder)
  const again = name === names[0] ? 'npm start' : `npm start -- ${name}`
  const env = { ...process.env, ...readiness.env }
  if (values.fresh || !existsSync(join(demo, '.git'))) makeDemo(name, example, demo)
  else console.log(`Resuming in ${folder} (start over with: ${again}${name === names[0] ? ' --' : ''} --fresh)`)
  if (!setUp(example, demo, env)) {
    console.log(`skipped: what ${name} depends on cannot be installed here; the lines above say why`)
    return
  }

  console.log(
    `\nBuilding ${title} in ${folder} with ${values.live ? 'the Messages API' : 'rehearsed agents (no network, no key)'}:`,
  )
  console.log('  npx nx run spec:conduct\n')
  const { status, signal } = spawnSync('npx', ['nx', 'run', 'spec:conduct', '--outputStyle=stream-without-prefixes'], {
    cwd: demo,
    stdio: 'inherit',
    env: { ...env, NX_DAEMON: 'false', ...(values.live ? { NX_CONDUCT_REHEARSAL: 'off' } : {}) },
  })
  if (status !== 0) {
    process.exitCode = status ?? 1
    console.log(`\nThe run ended with ${signal ?? status}. Go on with: ${again}`)
    return
  }
  console.log(`
Look at what was built:
  cd ${folder}${Object.entries(readiness.env)
    .map(([variable, value]) => `\n  export ${variable}=${value}`)
    .join('')}
  ${example.after.join('\n  ')}
  npx nx run spec:status           # what each phase cost, and its gates
  npx nx graph                     # the phases as a graph
  npx nx run spec:plan             # what another run would do: nothing
Change a word in ${folder}/.spec/SPEC.md, commit it, and ask for the plan again.`)
}

try {
  main()
} catch (error) {
  console.error(`✖ ${error.message}`)
  process.exitCode = 1
}
