/** The plugin as it would be published, in workspaces that people make. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const plugin = fileURLToPath(new URL('../../packages/nx-conduct', import.meta.url))

/** The environment of a person's shell: nothing of a surrounding Nx, npm or test run. */
export function personEnvironment(more = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:NX_|npm_|NPM_CONFIG_|GIT_|VITEST|NODE_OPTIONS|NODE_PATH|REDIS_URL|ANTHROPIC_|FORCE_COLOR|CI$|INIT_CWD)/i.test(
        name,
      ),
  )
  return { ...Object.fromEntries(inherited), NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1', ...more }
}

/** An empty folder outside the repository, and what removes it. */
export function emptyFolder(name) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `nx-conduct-${name}-`)))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) }
}

/** Packs the built plugin into a folder: the file, what npm says of it, and its package.json. */
export function packPlugin(folder) {
  if (!existsSync(join(plugin, 'dist/index.js')))
    throw new Error('packages/nx-conduct/dist is missing. Run: npm run build')
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: plugin,
    encoding: 'utf8',
    env: personEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // A list up to npm 11, an object by name from npm 12 on.
  const [packed] = Object.values(JSON.parse(output))
  const manifest = JSON.parse(readFileSync(join(plugin, 'package.json'), 'utf8'))
  return { ...packed, file: join(folder, packed.filename), manifest }
}

const isContent = (value) => typeof value === 'string' || value instanceof Uint8Array

/** A folder in which a person types commands. Nothing throws: what a command came to is what it returns. */
export function typeIn(root, env = personEnvironment()) {
  const run = (program, args, { timeoutMs = 300_000, env: more = {} } = {}) => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: root,
      env: { ...env, ...more },
      encoding: 'utf8',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { exitCode: status ?? -1, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` }
  }
  const must = (program, args, options) => {
    const { exitCode, output } = run(program, args, options)
    if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}:\n${output}`)
    return output
  }
  return {
    root,
    run,
    must,
    /** The same while this process goes on working: it may serve what the command needs. */
    later: (program, args) =>
      new Promise((resolve, reject) =>
        execFile(program, args, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
          error
            ? reject(new Error(`${program} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`))
            : resolve(stdout),
        ),
      ),
    nx: (args, options) => run(join(root, 'node_modules/.bin/nx'), args, options),
    git: (...args) => must('git', args),
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        writeFileSync(join(root, path), isContent(text) ? text : `${JSON.stringify(text, null, 2)}\n`)
      }
    },
    commit(message) {
      must('git', ['add', '--all'])
      must('git', ['commit', '--quiet', '--allow-empty', '--message', message])
    },
  }
}

/** Makes the folder a repository of somebody who commits. */
export function startRepository(place) {
  place.git('init', '--quiet', '--initial-branch=main')
  place.git('config', 'user.name', 'Somebody')
  place.git('config', 'user.email', 'somebody@localhost')
}
