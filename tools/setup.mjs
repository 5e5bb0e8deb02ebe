// Sets a checkout up: npm packages, Debian packages that tests drive, and the builds. Needs nothing but Node and npm.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs a program with this process's output; throws with the command's name when it fails. */
export function run(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw new Error(`${program} cannot be started: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? status}`)
}

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

/** Installs npm packages when the lockfile is not the one they were installed from. */
export function installPackages() {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.conduct-lockfile')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  console.log('Installing npm packages…')
  // Not `npm ci`: it refuses a lockfile that lacks the optional binaries of platforms a registry does not carry.
  run('npm', ['install', '--no-audit', '--no-fund'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

/** Builds every package through Nx; its output is shown only when something failed. */
export function build() {
  console.log('Building the packages…')
  const { status, stdout, stderr } = spawnSync('npx', ['nx', 'run-many', '-t', 'build', '--outputStyle=static'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  })
  if (status === 0) return
  throw new Error(`the packages cannot be built:\n${stdout}${stderr}`)
}

/** Programs that the tests drive, by the Debian package that brings them. */
const programs = { git: 'git', 'redis-server': 'redis-server', ps: 'procps' }

/** Installs missing programs on Debian as root; elsewhere says what is missing and how to get it. */
export function installPrograms() {
  const missing = Object.entries(programs).filter(([program]) => !has(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  const names = missing.map(([program]) => program).join(', ')
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log(`Installing ${names}…`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['update', '-qq'], { env })
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
    return
  }
  throw new Error(
    `${names} missing; install with: sudo apt-get install ${packages.join(' ')} (macOS: brew install redis)`,
  )
}
