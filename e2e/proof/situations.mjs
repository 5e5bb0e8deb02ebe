/**
 * `npm run proof -- situations [--rows RE] [--store git|redis] [--keep] [--show]`
 *
 * Every row sets a real repository up as users have them, does what users do, in mid-run and after, and checks that it
 * works or is refused with a clear word: exit code and words agree, nothing of the user's is touched until finalize and
 * nothing is lost by it, a printed command does what it says, no stack trace, nothing left behind. A row that this
 * machine cannot play says so and counts as skipped. `--show` prints what was said also of rows that passed.
 */
import { parseArgs } from 'node:util'
import { makeGround } from './ground.mjs'
import { groups } from './situations/rows.mjs'
import { makeScene } from './situations/scene.mjs'
import { Skipped } from './stage.mjs'
import { makeTally, sideBySide } from './tally.mjs'

const lanes = 2
const mostSkipped = 3

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    store: { type: 'string' },
    keep: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
})
if (values.store !== undefined && !/^(git|redis)$/.test(values.store)) throw new Error('--store is git or redis')
const chosen = new RegExp(values.rows)
const cases = groups
  .flat()
  .flatMap(({ stores = ['git'], ...row }) =>
    stores.map((store) => ({ ...row, store, name: store === 'git' ? row.name : `${row.name} (${store})` })),
  )
  .filter(({ name, store }) => chosen.test(name) && (values.store === undefined || values.store === store))

const ground = await makeGround('situations')
const tally = makeTally()
try {
  await sideBySide(cases, lanes, async ({ name, store, prove }) => {
    const scene = makeScene({ ground: ground.folder, store })
    const startedMs = performance.now()
    try {
      await prove(scene)
      await scene.close()
      const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
      tally.ended(`${name} (${took})`, scene.problems, scene.evidence())
      if (values.show && scene.problems.length === 0) console.log(scene.evidence())
    } catch (error) {
      if (error instanceof Skipped) tally.skipped(name, error.message)
      else {
        scene.problems.push(`the row stumbled: ${error.stack}`)
        tally.ended(name, scene.problems, scene.evidence())
      }
    } finally {
      await scene.clear({ keep: values.keep && scene.problems.length > 0 })
    }
  })
} finally {
  if (!values.keep) await ground.remove()
}
tally.close({ mostSkipped })
