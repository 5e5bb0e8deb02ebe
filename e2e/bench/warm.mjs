/**
 * `npm run bench -- warm [--files N] [--times N]`: conduct with nothing to do, first because the branch holds everything, then because
 * Nx's cache has every step, against tasks without work of the same shape whose cache is as full. Build first.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyRepository, discard, line, makeRepository, median, nx, withGround } from './ground.mjs'
import { benchFiles, noopFiles } from './plan.mjs'

const { values } = parseArgs({ options: { files: { type: 'string' }, times: { type: 'string' } } })
const count = Number(values.files ?? 1_000)
const times = Number(values.times ?? 3)
const shape = { phases: 5, modules: 4 }

await withGround(async (folder) => {
  const at = (name) => join(folder, name)
  makeRepository(at('work'), { count, files: benchFiles(shape) })
  makeRepository(at('noop'), { count, files: noopFiles(shape) })
  const took = { satisfied: [], cached: [], noop: [] }
  for (let time = 1; time <= times; time += 1) {
    const work = copyRepository(at('work'), at(`work-${time}`))
    const noop = copyRepository(at('noop'), at(`noop-${time}`))
    await nx(work, ['run', 'spec:conduct'])
    await nx(noop, ['run', 'plan:conduct'])
    took.satisfied.push(await nx(work, ['run', 'spec:conduct']))
    took.noop.push(await nx(noop, ['run', 'plan:conduct']))
    took.cached.push(await nx(work, ['run', 'spec:conduct']))
    discard(work, noop)
  }
  const [satisfied, cached, noop] = ['satisfied', 'cached', 'noop'].map((name) => median(took[name]))
  console.log(`5 phases × 4 modules, ${count} files, median of ${times}`)
  line('the same tasks without work, cached', noop)
  line('conduct, everything satisfied', satisfied, noop)
  line("conduct, everything in Nx's cache", cached, noop)
})
