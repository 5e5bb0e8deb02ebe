/**
 * `npm run bench -- cold [--files N] [--times N] [--programs]`: a plan of 5 phases with 4 modules each on a fresh repository, against
 * a script written by hand for the same work, the same tasks without any work in Nx, and five plain checkouts. Build first.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { copyRepository, discard, git, line, makeRepository, median, nx, programs, run, withGround } from './ground.mjs'
import { benchFiles, noopFiles } from './plan.mjs'

const { values } = parseArgs({
  options: { files: { type: 'string' }, times: { type: 'string' }, programs: { type: 'boolean', default: false } },
})
const count = Number(values.files ?? 1_000)
const times = Number(values.times ?? 3)
const shape = { phases: 5, modules: 4 }
const byHand = join(dirname(fileURLToPath(import.meta.url)), 'by-hand.mjs')
const start = promisify(execFile)

await withGround(async (folder) => {
  const at = (name) => join(folder, name)
  makeRepository(at('work'), { count, files: benchFiles(shape) })
  makeRepository(at('noop'), { count, files: noopFiles(shape) })
  const took = { ours: [], noop: [], script: [], checkouts: [] }
  for (let time = 1; time <= times; time += 1) {
    took.ours.push(await fresh('work', `ours-${time}`, (root) => nx(root, ['run', 'spec:conduct'])))
    took.noop.push(await fresh('noop', `noop-${time}`, (root) => nx(root, ['run', 'plan:conduct'])))
    const argument = (root) => JSON.stringify({ root, ...shape })
    took.script.push(
      await fresh('work', `script-${time}`, (root) => run(process.execPath, [byHand, argument(root)], root)),
    )
    took.checkouts.push(await fresh('work', `plain-${time}`, fiveCheckouts))
  }
  const [ours, noop, script, checkouts] = ['ours', 'noop', 'script', 'checkouts'].map((name) => median(took[name]))
  console.log(`5 phases × 4 modules, ${count} files, median of ${times}`)
  line('nx run spec:conduct', ours)
  line('the same tasks without work (nx:noop)', noop)
  line('a script by hand', script)
  line('five plain checkouts, two at a time', checkouts)
  line('ours without Nx, against the script', ours - noop, script)
  line('ours without Nx, against five checkouts', ours - noop, checkouts)
  if (values.programs) await fresh('work', 'traced', countPrograms)

  async function fresh(template, name, measure) {
    const root = copyRepository(at(template), at(name))
    try {
      return await measure(root)
    } finally {
      discard(root)
    }
  }
})

/** Checks the commit out into five empty folders. Returns milliseconds. */
async function fiveCheckouts(root) {
  const tree = git(root, 'rev-parse', 'HEAD^{tree}')
  const left = [1, 2, 3, 4, 5]
  const startedMs = performance.now()
  const worker = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) {
      const top = join(`${root}.home`, String(each))
      mkdirSync(top, { recursive: true })
      await start('git', ['-c', 'checkout.workers=1', 'read-tree', '--reset', '-u', tree], {
        cwd: top,
        env: { ...process.env, GIT_DIR: join(root, '.git'), GIT_WORK_TREE: top, GIT_INDEX_FILE: `${top}.index` },
      })
    }
  }
  await Promise.all([worker(), worker()])
  return performance.now() - startedMs
}

async function countPrograms(root) {
  const counts = await programs(root, ['run', 'spec:conduct'])
  if (counts === undefined) {
    console.log('programs are not counted: strace is not installed')
    return
  }
  const all = [...counts.values()].reduce((sum, each) => sum + each, 0)
  console.log(`\n${all} programs`)
  for (const [name, each] of counts) console.log(`${String(each).padStart(6)}  ${name}`)
}
