/** A workspace of somebody who runs a spec of two phases, the second with two modules, with programs as agents. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { personEnvironment, typeIn } from '../../rig/packed.mjs'
import { works } from './words.mjs'

const installed = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** What a run needs besides the agents, wherever it is installed. */
const tools = ['node', 'npm', 'npx', 'git']

export const claude = 'agent: { preset: claude }'

/**
 * @param {{ settings: string, second?: readonly string[], tests?: readonly [string, string] }} options
 *   `second`: further lines of phase 2; `tests`: the test commands of the two phases
 */
export function specText({ settings, second = [], tests: [one, two] = ['test -f base/one.txt', sumsAreRight] }) {
  return `---
name: spec
review: off
audit: off
${settings}
---
# Numbers

## Implementation Phases

### Phase 1: Base
- Write the number one
Modules: base (base/**)
Test Command: ${one}

### Phase 2: Sums
- Write a sum and a double
Modules: add (add/**), twice (twice/**)
Test Command: ${two}
${second.join('\n')}
`
}

export const sumsAreRight = 'grep -x 3 add/sum.txt && grep -x 4 twice/double.txt'

/**
 * Makes the workspace, committed. `agents`: what the agent of a module does, as a script of the shell, where it does not do its work;
 * `fix` is the fix-executor's. `loose`: files that are not
 * committed; `draft`: a change of the spec that is not. `withoutProgram`: the agents' program is not installed.
 */
export function openStage(
  top,
  {
    spec,
    agents = {},
    files = {},
    executables = [],
    env = {},
    draft,
    loose = {},
    identity = true,
    withoutProgram = false,
  },
) {
  const [bin, scripts, home, person, temporary] = ['bin', 'scripts', 'home', 'person', 'tmp'].map((name) => {
    mkdirSync(join(top, name), { recursive: true })
    return join(top, name)
  })
  const startsFile = join(top, 'starts')
  writeFileSync(startsFile, '')
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const tool of tools) {
    const found = folders.map((folder) => join(folder, tool)).find((file) => existsSync(file))
    if (found !== undefined) symlinkSync(found, join(bin, tool))
  }
  const others = folders.filter((folder) => !existsSync(join(folder, 'claude')))
  const place = typeIn(
    join(top, 'workspace'),
    personEnvironment({
      PATH: [bin, ...others].join(delimiter),
      HOME: person,
      TMPDIR: temporary,
      NX_CONDUCT_HOME: home,
      ...env,
    }),
  )
  const program = (name, text) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const stage = {
    ...place,
    home,
    program,
    /** The agents' program, which answers in the format of the preset `claude`. */
    install: () => program('claude', standIn({ scripts, startsFile })),
    /** What the agent of a module does from now on. */
    plays: (name, script) => writeFileSync(join(scripts, name), `${script}\n`),
    /** How often each module's agent was started, as `add 1, base 1, twice 1`. */
    starts() {
      const counts = {}
      for (const name of readFileSync(startsFile, 'utf8').split('\n').filter(Boolean))
        counts[name] = (counts[name] ?? 0) + 1
      return Object.entries(counts)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')
    },
    conduct: (options) => place.nx(['run', 'spec:conduct', '--outputStyle=stream'], options),
    /** A line that was printed, as a person types it. */
    types: (line, options) => place.run('bash', ['-c', line], options),
    edit(change) {
      const file = join(place.root, '.spec/SPEC.md')
      const before = readFileSync(file, 'utf8')
      const after = change(before)
      if (after === before) throw new Error(`the edit changes nothing of the spec:\n${before}`)
      writeFileSync(file, after)
    },
  }
  place.write({
    'nx.json': { plugins: ['nx-conduct'], analytics: false },
    'package.json': { name: 'numbers', private: true },
    '.gitignore': 'node_modules\n.nx\n.conduct\n',
    '.spec/SPEC.md': specText(spec),
    ...files,
  })
  symlinkSync(installed, join(place.root, 'node_modules'))
  for (const path of executables) chmodSync(join(place.root, path), 0o755)
  for (const [name, script] of Object.entries({ ...works, ...agents })) stage.plays(name, script)
  if (!withoutProgram) stage.install()
  // A login, as far as that shows.
  mkdirSync(join(person, '.claude'))
  writeFileSync(join(person, '.claude/.credentials.json'), '{}')
  place.git('init', '--quiet', '--initial-branch=main')
  if (identity) {
    place.git('config', 'user.name', 'Somebody')
    place.git('config', 'user.email', 'somebody@localhost')
  }
  place.git('add', '--all')
  place.git('-c', 'user.name=S', '-c', 'user.email=s@localhost', 'commit', '--quiet', '--message', 'Start')
  place.write(loose)
  if (draft !== undefined) stage.edit(draft)
  return { ...stage, started: place.git('rev-parse', 'HEAD').trim() }
}

/** Notes who is started, and plays that module's script. */
function standIn({ scripts, startsFile }) {
  return `[ "$1" = --version ] && { echo '2.9.9 (stand-in)'; exit; }
header=$(head -n 1)
cat > /dev/null
module=$(printf '%s' "$header" | sed -n 's/.* module="\\([^"]*\\)".*/\\1/p')
[ -n "$module" ] || module=fix
echo "$module" >> '${startsFile}'
. "${scripts}/$module"`
}

/** Whether a file system of so many bytes can be mounted here; ends with `unmount`. */
export function mountSmallDisk(folder, bytes) {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' })
  return status === 0 ? { unmount: () => spawnSync('umount', [folder], { stdio: 'ignore' }) } : undefined
}
