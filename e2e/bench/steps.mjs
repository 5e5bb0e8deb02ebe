/**
 * `npm run bench -- steps [--phases 10,50] [--programs]`: plans whose agents write one small file, so that what is left is the
 * price of a step. Build first.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { discard, makeRepository, nx, programs, withGround } from './ground.mjs'
import { smallFiles } from './plan.mjs'

const { values } = parseArgs({
  options: { phases: { type: 'string', default: '10,50' }, programs: { type: 'boolean', default: false } },
})

await withGround(async (folder) => {
  for (const phases of values.phases.split(',').map(Number)) {
    const root = join(folder, `steps-${phases}`)
    makeRepository(root, { files: smallFiles(phases) })
    const tookMs = await nx(root, ['run', 'spec:conduct'])
    const steps = phases * 6 + 1
    console.log(
      `${String(phases).padStart(4)} phases, ${String(steps).padStart(4)} steps  ${(tookMs / 1000).toFixed(2).padStart(7)} s  ${(tookMs / 1000 / steps).toFixed(3)} s a step`,
    )
    discard(root)
    if (!values.programs) continue
    makeRepository(root, { files: smallFiles(phases) })
    const counts = await programs(root, ['run', 'spec:conduct'])
    const all = [...(counts?.values() ?? [])].reduce((sum, each) => sum + each, 0)
    console.log(
      counts === undefined
        ? '  programs are not counted: strace is not installed'
        : `  ${(all / steps).toFixed(1)} programs a step`,
    )
    discard(root)
  }
})
