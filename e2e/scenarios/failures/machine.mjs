/** Failures of the machine and the repository: what is missing or in the way, what has to be said of it, and how a person goes on. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { session } from '../../rig/small.mjs'
import { claude, mountSmallDisk, sumsAreRight } from './stage.mjs'
import { works } from './words.mjs'

const again = 'npx nx run spec:conduct'
const once = 'add 1, base 1, twice 1'

/** A package of the workspace with a program, and the lockfile that npm writes for it. */
const withChecker = {
  'package.json': {
    name: 'numbers',
    private: true,
    scripts: { test: 'check-sums' },
    devDependencies: { 'check-sums': 'file:vendor/check-sums' },
  },
  'package-lock.json': {
    name: 'numbers',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'numbers', devDependencies: { 'check-sums': 'file:vendor/check-sums' } },
      'node_modules/check-sums': { resolved: 'vendor/check-sums', link: true },
      'vendor/check-sums': { version: '1.0.0', dev: true, bin: { 'check-sums': 'check.sh' } },
    },
  },
  'vendor/check-sums/package.json': { name: 'check-sums', version: '1.0.0', bin: { 'check-sums': 'check.sh' } },
  'vendor/check-sums/check.sh': `#!/bin/sh\n${sumsAreRight}\n`,
}

const played = `sessions:
${session('1', 'base', { 'base/one.txt': '1\n' }, 1)}${session('2', 'add', { 'add/sum.txt': '3\n' }, 1)}${session('2', 'twice', { 'twice/double.txt': '4\n' }, 1)}`

/** A disk of a size for the runs' home, or why there is none. */
const onDisk = (bytes) => (top) => {
  const home = join(top, 'home')
  mkdirSync(home)
  const disk = mountSmallDisk(home, bytes)
  return disk === undefined ? { skip: 'no file system can be mounted here' } : { cleanUp: disk.unmount }
}

const ballast = (stage) => join(stage.home, 'ballast')

export const machineRows = [
  {
    name: 'dependencies that nothing installs',
    opens: () => ({
      spec: { settings: claude, tests: ['test -f base/one.txt', 'npm test'] },
      files: withChecker,
      executables: ['vendor/check-sums/check.sh'],
    }),
    words: [
      'Phase 2 (Sums) needs you: nothing installs the dependencies that package-lock.json asks for (check-sums is missing)',
      /next +add this line to the front matter of \.spec\/SPEC\.md and commit it: setup: npm ci/,
      again,
    ],
    follow: (stage, output) => {
      const [, line] = /commit it: (setup: .+)/.exec(output) ?? []
      stage.edit((text) => text.replace('---\n', `---\n${line}\n`))
      stage.commit('Install what is needed')
    },
    starts: once,
  },
  {
    name: 'no key for the Messages API',
    opens: () => ({
      spec: { settings: 'agent: { driver: anthropic, model: claude-sonnet-5-5 }' },
      files: { '.spec/score.yaml': played },
    }),
    words: ['ANTHROPIC_API_KEY is not set', 'Set ANTHROPIC_API_KEY', 'agent.rehearsal', again],
    inStatus: ['There is no run of spec yet', 'npx nx run spec:plan'],
    follow: (stage) => {
      stage.edit((text) => text.replace('sonnet-5-5', 'sonnet-5-5, rehearsal: .spec/score.yaml'))
      stage.commit('Name a score')
    },
    // No program is started.
    starts: '',
    printedStarts: ['phase 1 implement base', 'phase 2 implement add', 'phase 2 implement twice'],
  },
  {
    name: "a test command's program is not on the PATH",
    opens: () => ({ spec: { settings: claude, tests: ['test -f base/one.txt', 'check-sums'] } }),
    words: ['the test command of phase 2 starts `check-sums`', 'Install check-sums', again],
    inStatus: ['There is no run of spec yet', 'npx nx run spec:plan'],
    follow: (stage) => stage.program('check-sums', sumsAreRight),
    starts: once,
  },
  {
    name: 'a program that a script starts is not on the PATH',
    opens: () => ({
      spec: { settings: `${claude}\nrounds: 1`, tests: ['test -f base/one.txt', 'sh test.sh'] },
      files: { 'test.sh': 'check-sums --all\n' },
    }),
    words: [
      'Phase 2 (Sums) needs you',
      'check-sums: not found',
      /next +install check-sums, if this machine is to have it; then: npx nx run spec:conduct/,
    ],
    transcripts: 1,
    follow: (stage) => stage.program('check-sums', sumsAreRight),
    // The script is of the tree, so an agent might fix it.
    starts: 'add 1, base 1, fix 1, twice 1',
  },
  {
    name: 'the disk is full before the run',
    prepare: onDisk('2m'),
    opens: (top) => {
      writeFileSync(join(top, 'home/ballast'), Buffer.alloc(2 * 1024 * 1024 - 4096))
      return { spec: { settings: claude }, files: { 'large.txt': 'x\n'.repeat(50_000) } }
    },
    words: [/checkouts need .* are free/, 'Free some space, or set NX_CONDUCT_HOME', again],
    inStatus: ['There is no run of spec yet', 'npx nx run spec:plan'],
    follow: (stage) => rmSync(ballast(stage)),
    starts: once,
  },
  {
    name: 'the disk is full while an agent works',
    prepare: onDisk('8m'),
    opens: (top) => ({
      spec: { settings: claude },
      // The other module is finished before.
      agents: {
        add: `sleep 4\ncat /dev/zero > '${join(top, 'home/ballast')}' 2> /dev/null\n${works.add}`,
      },
    }),
    words: [
      'phase 2, module add',
      /the disk is full \(ENOSPC\): 0 B are free in \S+, so what the agent wrote may be cut off/,
      'add/sum.txt is written',
      /next +Free some space, or set NX_CONDUCT_HOME .*npx nx run spec:conduct/,
    ],
    transcripts: 1,
    follow: (stage) => {
      rmSync(ballast(stage))
      stage.plays('add', works.add)
    },
    starts: 'add 2, base 1, twice 1',
  },
  {
    name: 'git knows no identity',
    opens: () => ({ spec: { settings: claude }, identity: false }),
    words: ['main is at'],
    inStatus: ['(finalized)'],
    ends: 'moved',
    follow: () => [],
    starts: once,
  },
  {
    name: 'a file of yours is in the way of the result',
    opens: () => ({ spec: { settings: claude }, loose: { 'add/sum.txt': 'mine\n' } }),
    words: [/The result is on the branch conduct\/spec/, 'add/sum.txt', /Take it with: git merge --ff-only /],
    ends: 'kept',
    follow: (stage, output) => {
      rmSync(join(stage.root, 'add/sum.txt'))
      const [, command] = /Take it with: (git merge .+)/.exec(output) ?? []
      return [command]
    },
    starts: once,
  },
  {
    name: 'the spec is not committed',
    opens: () => ({ spec: { settings: claude }, draft: (text) => text.replace('- Write a sum', '- Write the sum') }),
    words: [/differs from HEAD/, /git add \.spec\/SPEC\.md && git commit/, 'main is at'],
    inStatus: ['(finalized)'],
    ends: 'moved',
    follow: () => [],
    starts: once,
  },
]
