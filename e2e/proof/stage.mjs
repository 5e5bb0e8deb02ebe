import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEvents } from './history.mjs'
import { endProcessesIn, eventually } from './left-behind.mjs'
import { proofScore, proofSpec } from './plan.mjs'
import { brokenAnytime, brokenAtEnd, takeBefore } from './promises.mjs'
import { brokenMirror, startRedis } from './redis-server.mjs'
import { copyWorkspace, makeTemplate, shareLog } from './workspace.mjs'

/** This machine cannot inject the fault; the message says why. */
export class Skipped extends Error {}

/** A run that takes this long hangs. */
const hangsAfterMs = 120_000

let number = 0

/**
 * What a row of faults is played on: one workspace, with a Redis of its own where the store is `redis`, and what was
 * found wrong.
 */
export function makeStage({ ground, store, expectations }) {
  number += 1
  const folder = join(ground, `row-${number}`)
  const problems = []
  const runs = []
  const endings = []
  let workspace
  let before
  let expected
  let redis

  const stage = {
    store,
    problems,
    evidence: () => runs.map((run) => run.output()).join('--- next ---\n'),
    get workspace() {
      return workspace
    },
    get redis() {
      return redis
    },
    get before() {
      return before
    },
    get expected() {
      return expected
    },
    /**
     * Makes the workspace. `redis`: settings of its server; `shared`: the run log is in a repository that it shares.
     * @param {{ spec?: object, score?: object, redis?: readonly string[], top?: string, shared?: boolean, prepare?: (workspace: object) => Promise<void>, env?: Record<string, string> }} [options]
     */
    async open({ spec, score, redis: redisSettings, top = join(folder, 'here'), shared, prepare, env = {} } = {}) {
      const texts = { spec: proofSpec(spec), score: proofScore(score) }
      const template = join(folder, 'template')
      await makeTemplate(template, texts)
      if (store === 'redis') redis = await startRedis(join(folder, 'redis'), redisSettings)
      expected = await expectedOf(texts, template, shared)
      workspace = await copyWorkspace(template, top, {
        env: { ...(redis ? { NX_CONDUCT_REDIS_URL: redis.url() } : {}), ...env },
      })
      if (redis) await redis.client.flushall()
      if (shared) await shareLog(workspace)
      await prepare?.(workspace)
      before = await takeBefore(workspace)
      return workspace
    },
    expect(holds, sentence) {
      if (!holds) problems.push(sentence)
    },
    /** @param {object} [place] another workspace than the row's own */
    run(options, place = workspace) {
      const run = place.conduct(options)
      runs.push(run)
      return run
    },
    /** Starts a run that stops itself, by SIGSTOP, at a point; resolves when it has stopped there. */
    async stoppedAt(point, options = {}) {
      const run = stage.run({ ...options, strikes: [{ at: point, signal: 'SIGSTOP' }] })
      let over = false
      run.ended.then(() => {
        over = true
      })
      const stopped = await eventually(() => over || stateOf(run.pid) === 'T', hangsAfterMs)
      if (!stopped || over) throw new Error(`the run never came to ${point}`)
      return run
    },
    /** A run that was killed at a point, and its promises held. */
    async killedAt(point, options = {}) {
      const run = stage.run({ ...options, strikes: [{ at: point, signal: 'SIGKILL', group: true }] })
      const { signal } = await stage.endOf(run)
      stage.expect(signal === 'SIGKILL', `the run never came to ${point}`)
      await stage.holdsAnytime()
    },
    async endOf(run) {
      let timer
      const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve({ code: null, signal: null, hung: true }), hangsAfterMs)
      })
      const ended = await Promise.race([run.ended, late])
      clearTimeout(timer)
      if (!ended.hung) return ended
      problems.push(`a run hung for ${hangsAfterMs / 1000} s`)
      run.killGroup('SIGKILL')
      return ended
    },
    async ends(run, code = 0) {
      const ended = await stage.endOf(run)
      stage.expect(ended.code === code, `a run ended with ${ended.code ?? ended.signal}, not ${code}`)
    },
    /** Conducts to the end, which has to be a good one. */
    async resumes(options) {
      const run = stage.run(options)
      await stage.ends(run)
      return run
    },
    says(run, text) {
      stage.expect(text.test(run.output()), `the person was not told ${text}`)
    },
    async holdsAnytime() {
      problems.push(...(await brokenAnytime(workspace, before)))
    },
    async holdsAnytimeBut(except) {
      problems.push(...(await brokenAnytime(workspace, before)).filter((problem) => !except.test(problem)))
    },
    /** The person changed something on purpose: from here on this is what has to stay. */
    rebase(state) {
      before = state
    },
    /** Every promise about the end; `except` takes away sentences that this fault makes true on purpose. */
    async holds({ except = /^$/ } = {}) {
      problems.push(...(await brokenAtEnd(workspace, before, expected)).filter((problem) => !except.test(problem)))
    },
    async mirrors(server = redis) {
      problems.push(...(await brokenMirror(server, 0, workspace)))
    },
    /** Runs when the row is over, the last first. */
    atEnd: (act) => endings.push(act),
    async clear({ keep }) {
      for (const act of endings.reverse()) await act()
      await redis?.stop()
      endProcessesIn(folder)
      if (keep) console.log(`    kept in ${folder}`)
      else await workspace?.remove()
    },
    folder,
  }
  return stage

  /** What an undisturbed run of the same plan comes to; conducted once per plan. */
  async function expectedOf(texts, template, shared) {
    const key = JSON.stringify(texts)
    if (!expectations.has(key)) expectations.set(key, conductUndisturbed(template, shared))
    return expectations.get(key)
  }

  async function conductUndisturbed(template, shared) {
    const calm = await copyWorkspace(template, join(folder, 'calm'), {
      env: redis ? { NX_CONDUCT_REDIS_URL: redis.url() } : {},
    })
    if (shared) await shareLog(calm)
    const calmBefore = await takeBefore(calm)
    const run = calm.conduct()
    const { code } = await run.ended
    const sessions = (await readEvents(calm)).filter(({ body }) => body.type === 'agent.finished').length
    const result = { tree: await calm.git('rev-parse', 'main^{tree}'), sessions }
    const broken = await brokenAtEnd(calm, calmBefore, result)
    if (code !== 0 || broken.length > 0)
      throw new Error(`the undisturbed run failed:\n${run.output()}${broken.join('\n')}`)
    await calm.remove()
    return result
  }
}

/** `T` for a process that was stopped. */
export function stateOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  } catch {
    return undefined
  }
}

/** Skips the row unless the program is there. */
export function mustHave(program, debianPackage) {
  const { status } = spawnSync('sh', ['-c', `command -v ${program}`])
  if (status !== 0) throw new Skipped(`${program} is not installed: apt-get install ${debianPackage}`)
}

/** Skips the row unless this is root. */
export function mustBeRoot(what) {
  if (process.getuid?.() !== 0) throw new Skipped(`only root may ${what}`)
}
