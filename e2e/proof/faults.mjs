/**
 * `npm run proof -- faults [--rows RE] [--store git|redis] [--keep]`
 *
 * Every row injects one fault into a run, lets it end or resumes it, and holds the promises afterwards: the tree of an
 * undisturbed run, a legal history, nothing of the person's touched, nothing bought twice, nothing left behind, and
 * that the person was told. A row that this machine cannot inject says so and counts as skipped.
 */
import { parseArgs } from 'node:util'
import { rows as agents } from './faults/agents.mjs'
import { rows as clocks } from './faults/clocks.mjs'
import { rows as conductors } from './faults/conductors.mjs'
import { rows as damage } from './faults/damage.mjs'
import { rows as disk } from './faults/disk.mjs'
import { rows as gitKilled } from './faults/git-killed.mjs'
import { rows as hosts } from './faults/hosts.mjs'
import { rows as indexes } from './faults/indexes.mjs'
import { rows as locks } from './faults/locks.mjs'
import { rows as merging } from './faults/merging.mjs'
import { rows as partition } from './faults/partition.mjs'
import { rows as redis } from './faults/redis.mjs'
import { rows as redisData } from './faults/redis-data.mjs'
import { rows as redisFailover } from './faults/redis-failover.mjs'
import { rows as redisReplies } from './faults/redis-replies.mjs'
import { rows as stopping } from './faults/stopping.mjs'
import { rows as worktrees } from './faults/worktrees.mjs'
import { makeGround } from './ground.mjs'
import { makeStage, Skipped } from './stage.mjs'
import { makeTally, sideBySide } from './tally.mjs'

const lanes = 2
const mostSkipped = 3

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    store: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const chosen = new RegExp(values.rows)
const groups = [
  locks,
  redis,
  redisReplies,
  redisData,
  redisFailover,
  conductors,
  agents,
  stopping,
  merging,
  worktrees,
  damage,
  indexes,
  clocks,
  gitKilled,
  disk,
  partition,
  hosts,
]
const cases = groups
  .flat()
  .flatMap((row) => row.stores.map((store) => ({ ...row, store, name: `${row.name} (${store})` })))
  .filter(({ name, store }) => chosen.test(name) && (values.store === undefined || values.store === store))

const ground = await makeGround('faults')
const tally = makeTally()
const expectations = new Map()
try {
  await sideBySide(cases, lanes, async ({ name, store, prove }) => {
    const stage = makeStage({ ground: ground.folder, store, expectations })
    try {
      await prove(stage)
      tally.ended(name, stage.problems, stage.evidence())
    } catch (error) {
      if (error instanceof Skipped) tally.skipped(name, error.message)
      else tally.ended(name, [...stage.problems, `the row stumbled: ${error.stack}`], stage.evidence())
    } finally {
      await stage.clear({ keep: values.keep && stage.problems.length > 0 })
    }
  })
} finally {
  if (!values.keep) await ground.remove()
}
tally.close({ mostSkipped })
