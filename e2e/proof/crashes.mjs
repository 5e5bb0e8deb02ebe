/**
 * `npm run proof -- crashes [--seed N] [--count N] [--store git|redis] [--points RE] [--keep]`
 *
 * A recording pass lists every point of a run; then one run per point is killed there with SIGKILL and resumed, on git
 * alone and with Redis. Then `--count` seeded runs are killed up to three times each, at points and at times drawn by
 * chance. After each kill and at each end the promises are checked. `--points` picks cases by name.
 */
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeGround } from './ground.mjs'
import { readEvents } from './history.mjs'
import { endProcessesIn } from './left-behind.mjs'
import { proofScore, proofSpec } from './plan.mjs'
import { brokenAnytime, brokenAtEnd, takeBefore } from './promises.mjs'
import { randomFrom } from './random.mjs'
import { brokenMirror, startRedis } from './redis-server.mjs'
import { makeTally, sideBySide } from './tally.mjs'
import { copyWorkspace, makeTemplate } from './workspace.mjs'

/** A run takes a few seconds; one that takes this long hangs. */
const hangsAfterMs = 120_000
const lanes = 2

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '200' },
    store: { type: 'string' },
    points: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const count = Number(values.count)
const stores = values.store === undefined ? ['git', 'redis'] : [values.store]
if (!Number.isInteger(seed) || !Number.isInteger(count) || stores.some((store) => !/^(git|redis)$/.test(store))) {
  throw new Error('--seed and --count are whole numbers, --store is git or redis')
}
const chosen = new RegExp(values.points ?? '')

const ground = await makeGround('crashes')
const tally = makeTally()
const redis = stores.includes('redis') ? await startRedis(join(ground.folder, 'redis')) : undefined
try {
  await makeTemplate(ground.folder, { spec: proofSpec(), score: proofScore() })
  const undisturbed = await recordUndisturbed()
  console.log(
    `a run has ${undisturbed.points.length} points and takes ${(undisturbed.durationMs / 1000).toFixed(1)} s; seed ${seed}`,
  )
  const cases = stores.flatMap((store) =>
    undisturbed.points.map((point) => ({ name: `${store} ${point}`, store, kills: [{ at: point, group: true }] })),
  )
  for (let number = 1; number <= count; number += 1) cases.push(randomCase(number, undisturbed))
  await sideBySide(
    cases.filter(({ name }) => chosen.test(name)),
    lanes,
    (each, lane) => prove(each, lane, undisturbed),
  )
} finally {
  await redis?.stop()
  if (!values.keep) await ground.remove()
}
tally.close()

async function recordUndisturbed() {
  const workspace = await copyWorkspace(ground.folder, join(ground.folder, 'undisturbed'))
  const before = await takeBefore(workspace)
  const record = join(ground.folder, 'points')
  const startedMs = performance.now()
  const run = workspace.conduct({ record })
  const { code } = await run.ended
  const durationMs = performance.now() - startedMs
  const sessions = (await readEvents(workspace)).filter(({ body }) => body.type === 'agent.finished').length
  const expected = { tree: await workspace.git('rev-parse', 'main^{tree}'), sessions }
  const problems = await brokenAtEnd(workspace, before, expected)
  if (code !== 0 || problems.length > 0) {
    throw new Error(`the undisturbed run failed:\n${run.output()}${problems.join('\n')}`)
  }
  await workspace.remove()
  return { ...expected, durationMs, points: (await readFile(record, 'utf8')).trimEnd().split('\n') }
}

/** Up to three kills in a row, at a point or a time, of the whole group or of the conducting process alone. */
function randomCase(number, { points, durationMs }) {
  const random = randomFrom(seed * 1_000_003 + number)
  const store = stores[number % stores.length]
  const kills = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const group = random() < 0.7
    return random() < 0.5
      ? { at: points[Math.floor(random() * points.length)], group }
      : { afterMs: Math.floor(random() * durationMs * 1.1), group }
  })
  const told = kills.map(({ at, afterMs, group }) => `${at ?? `${afterMs} ms`}${group ? '' : ' alone'}`)
  return { name: `${store} random ${seed}/${number}: ${told.join(', then ')}`, store, kills, drawn: true }
}

async function prove({ name, store, kills, drawn = false }, lane, undisturbed) {
  const database = redis && store === 'redis' ? lane : undefined
  const workspace = await copyWorkspace(ground.folder, join(ground.folder, `lane-${lane}`), {
    env: database === undefined ? {} : { NX_CONDUCT_REDIS_URL: redis.url(database) },
  })
  const problems = []
  const outputs = []
  try {
    if (database !== undefined) await redis.client.multi().select(database).flushdb().select(0).exec()
    const before = await takeBefore(workspace)
    for (const kill of kills) {
      const { output, signal } = await killedRun(workspace, kill)
      outputs.push(output)
      if (!drawn && signal !== 'SIGKILL') problems.push(`the run never came to ${kill.at}`)
      problems.push(...(await brokenAnytime(workspace, before)).map((problem) => `after the kill: ${problem}`))
    }
    const resumed = workspace.conduct()
    const { code, hung } = await endOf(resumed)
    outputs.push(resumed.output())
    if (hung) problems.push(`the resumed run hung for ${hangsAfterMs / 1000} s`)
    else if (code !== 0) problems.push(`the resumed run ended with ${code}`)
    problems.push(...(await brokenAtEnd(workspace, before, undisturbed)))
    if (database !== undefined) {
      problems.push(...(await brokenMirror(redis, database, workspace)))
    }
  } catch (error) {
    problems.push(`the proof itself stumbled: ${error.stack}`)
  }
  tally.ended(name, problems, outputs.join('--- resumed ---\n'))
  endProcessesIn(workspace.top)
  if (problems.length === 0 || !values.keep) await workspace.remove()
  else await keep(workspace)
}

/** Starts a run that ends by SIGKILL at its point or time; a run that is over by then just ends. */
async function killedRun(workspace, { at, afterMs, group }) {
  const run = workspace.conduct(at === undefined ? {} : { strikes: [{ at, signal: 'SIGKILL', group }] })
  const timer =
    afterMs === undefined
      ? undefined
      : setTimeout(() => (group ? run.killGroup('SIGKILL') : run.kill('SIGKILL')), afterMs)
  const { signal } = await endOf(run)
  clearTimeout(timer)
  return { output: run.output(), signal }
}

async function endOf(run) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ code: null, signal: null, hung: true }), hangsAfterMs)
  })
  const ended = await Promise.race([run.ended, late])
  clearTimeout(timer)
  if (ended.hung) run.killGroup('SIGKILL')
  return ended
}

async function keep(workspace) {
  const folder = join(ground.folder, `failed-${performance.now().toFixed(0)}`)
  await rename(workspace.top, folder)
  console.log(`    kept in ${folder}`)
}
