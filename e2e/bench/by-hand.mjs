/**
 * What a good engineer writes who wants the same without nx-conduct: a worktree per module, the agents two at a time, one
 * commit per module, a merge per phase, the phase's test, and the worktrees removed. Its argument is JSON: `{ root, phases, modules }`,
 * and `setup`, a command for each worktree, where there is something to install.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { moduleNames } from './plan.mjs'

const { root, phases, modules, setup } = JSON.parse(process.argv[2] ?? '{}')
const start = promisify(execFile)
const git = (cwd, ...args) => start('git', args, { cwd })
const sh = (cwd, command, input) => {
  const running = start('sh', ['-c', command], { cwd })
  running.child.stdin.end(input)
  return running
}

for (let phase = 1; phase <= phases; phase += 1) {
  const names = moduleNames(phase, modules)
  // One after the other: git's registry of worktrees does not take two at once.
  for (const name of names) await git(root, 'worktree', 'add', '--quiet', '-b', name, join(`${root}.home`, name))
  await twoAtATime(names, async (name) => {
    const folder = join(`${root}.home`, name)
    if (setup !== undefined) await sh(folder, setup)
    await sh(folder, 'sh agent.sh', `Module ${name}\n`)
    await git(folder, 'add', '--all')
    await git(folder, 'commit', '--quiet', '--message', `Module ${name}`)
  })
  await git(root, 'merge', '--quiet', '--no-edit', ...names)
  await sh(root, `test -f ${names[0]}/made.txt`)
  for (const name of names) {
    await git(root, 'worktree', 'remove', '--force', join(`${root}.home`, name))
    await git(root, 'branch', '--quiet', '-D', name)
  }
}

async function twoAtATime(items, act) {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item)
  }
  await Promise.all([worker(), worker()])
}
