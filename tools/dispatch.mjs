import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { build, installPackages, root } from './setup.mjs'

/** Runs the script that a name stands for, on fresh builds, with the arguments behind the name. */
export function dispatch(command, scripts) {
  const [name, ...args] = process.argv.slice(2)
  const chosen = name === undefined ? undefined : scripts[name]
  if (!chosen) {
    const lines = Object.entries(scripts).map(([each, { about }]) => `  npm run ${command} -- ${each} ${about}`)
    console.error(`${name === undefined ? '' : `There is no ${command} ${name}. `}Choose one:\n${lines.join('\n')}`)
    process.exitCode = 1
    return
  }
  try {
    installPackages()
    build()
  } catch (error) {
    console.error(`✖ ${error.message}`)
    process.exitCode = 1
    return
  }
  const { status } = spawnSync(process.execPath, [join(root, chosen.script), ...args], {
    stdio: 'inherit',
    cwd: resolve(process.env.INIT_CWD ?? process.cwd()),
  })
  process.exitCode = status ?? 1
}
