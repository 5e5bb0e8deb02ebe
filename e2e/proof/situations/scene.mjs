import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endProcessesIn, eventually, leftBehind, processesIn } from '../left-behind.mjs'
import { startRedis } from '../redis-server.mjs'
import { stateOf } from '../stage.mjs'
import { addOwnThings, commitAll, makeRepository, openPlace, writeWorkspace } from './place.mjs'
import { made } from './plan.mjs'
import { lostBetween, userState } from './user.mjs'
import { badWords, isRefusal, printedCommand } from './words.mjs'

/** A run that takes this long hangs. */
const hangsAfterMs = 100_000
/** How long what a stopped process started may take to notice. */
const orphansMs = 6_000

let number = 0

/** What a situation is played on: places, what ran there, what the user has, and what was found wrong. */
export function makeScene({ ground, store }) {
  number += 1
  const folder = join(ground, `row-${number}`)
  const problems = []
  const outputs = []
  const endings = []
  const watched = new Map()
  const notLeft = []
  let redis

  const scene = {
    folder,
    store,
    problems,
    evidence: () => outputs.map((output) => (typeof output === 'string' ? output : output())).join('--- next ---\n'),
    expect(holds, sentence) {
      if (!holds) problems.push(sentence)
    },
    atEnd: (act) => endings.push(act),
    /** Things that this situation leaves on purpose, as `leftBehind` says them. */
    mayLeave: (pattern) => notLeft.push(pattern),
    get redis() {
      return redis
    },

    /** A place of this row without anything in it. */
    async place({ within = folder, env = {}, ...options } = {}) {
      await mkdir(within, { recursive: true })
      if (store === 'redis' && redis === undefined) redis = await startRedis(join(folder, 'redis'))
      return openPlace(within, { ...options, env: { ...(redis ? { NX_CONDUCT_REDIS_URL: redis.url() } : {}), ...env } })
    },
    /** The usual workspace: committed, with things of the user's of every kind. */
    async open({ init, config, own = true, prepare, name, env, within, home, control, ...files } = {}) {
      const place = await scene.place({ name, env, within, home, control })
      await makeRepository(place, { init, config })
      await writeWorkspace(place, files)
      await commitAll(place)
      if (own) await addOwnThings(place)
      await prepare?.(place)
      await scene.watch(place)
      return place
    },

    /** From now on what the user has here must stay; `movable` are the branches that a run may move forward. */
    async watch(place, { movable } = {}) {
      const state = await userState({ ...place, root: place.top })
      const branches = movable ?? watched.get(place)?.movable ?? [state.head]
      watched.set(place, { state, movable: branches })
    },
    /** The user does something: what was theirs until then is checked, and what is theirs after it is taken down. */
    async user(place, act, { movable } = {}) {
      await scene.intact(place, 'before the user did anything: ')
      const result = await act(place)
      const before = watched.get(place)?.movable ?? []
      await scene.watch(place, { movable: [...new Set([...before, ...(movable ?? [])])] })
      return result
    },
    async intact(place, prefix = '') {
      const { state, movable } = watched.get(place)
      const now = await userState({ ...place, root: place.top })
      const ancestor = (old, tip) =>
        place.git('merge-base', '--is-ancestor', old, tip).then(
          () => true,
          () => false,
        )
      problems.push(...(await lostBetween(state, now, { movable, ancestor })).map((line) => `${prefix}${line}`))
    },

    /** Keeps what a process printed as evidence. */
    heard(run) {
      outputs.push(typeof run.output === 'string' ? run.output : () => run.output())
      return run
    },
    /** Waits for a process and judges its words; what only tells of a run may end well and tell of a failure. */
    async endOf(run, { judge = true, isRun = true } = {}) {
      let timer
      const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve({ code: null, signal: null, hung: true }), hangsAfterMs)
      })
      const ended = await Promise.race([run.ended, late])
      clearTimeout(timer)
      if (ended.hung) {
        problems.push(`a process hung for ${hangsAfterMs / 1000} s`)
        run.killGroup('SIGKILL')
      }
      const output = run.output()
      if (judge) problems.push(...badWords(ended.code, output, { isRun }))
      return { ...ended, output }
    },
    /** Runs to the end with this exit code. */
    async ends(run, code = 0, what = 'a run') {
      const ended = await scene.endOf(scene.heard(run))
      scene.expect(ended.code === code, `${what} ended with ${ended.code ?? ended.signal}, not ${code}`)
      return ended
    },
    /** Runs to an end that is not a good one, with a word on what to do. */
    async refuses(run, text, what = 'a run') {
      const ended = await scene.endOf(scene.heard(run))
      scene.expect(ended.code !== 0, `${what} ended with 0, it should have been refused`)
      scene.expect(isRefusal(ended.output), `${what} was refused without a word on what to do`)
      if (text) scene.says(ended, text)
      return ended
    },
    says({ output }, text) {
      scene.expect(text.test(output), `the person was not told ${text}`)
    },
    async conducts(place, options) {
      return scene.ends(place.conduct(options), 0, 'conducting')
    },

    /** Starts a run whose agent `add` waits in the middle of its work; resolves when it is there. */
    async midRun(place, start = () => place.conduct()) {
      await place.forget()
      await place.hold()
      const run = scene.heard(start())
      let over = false
      run.ended.then(() => {
        over = true
      })
      const there = await eventually(() => over || place.isReached(), hangsAfterMs)
      if (!there || over) throw new Error(`the run never came to the agent of add:\n${run.output()}`)
      return run
    },
    async goOn(place, run, { code } = { code: 0 }) {
      await place.release()
      const ended = await scene.endOf(run)
      if (code !== undefined) {
        scene.expect(ended.code === code, `the run ended with ${ended.code ?? ended.signal}, not ${code}`)
      }
      return ended
    },
    /** Starts a run that stops itself, by SIGSTOP, at a point; resolves when it has stopped there. */
    async stoppedAt(place, point, options = {}) {
      const run = scene.heard(place.conduct({ ...options, strikes: [{ at: point, signal: 'SIGSTOP' }] }))
      let over = false
      run.ended.then(() => {
        over = true
      })
      const stopped = await eventually(() => over || stateOf(run.pid) === 'T', hangsAfterMs)
      if (!stopped || over) throw new Error(`the run never came to ${point}:\n${run.output()}`)
      return run
    },

    /** What a commit lacks of the result, path by path. */
    async lacks(place, ref, files = made) {
      const lacking = []
      for (const [path, text] of Object.entries(files)) {
        const found = await place.git('show', `${ref}:${path}`).catch(() => undefined)
        if (found !== text.trimEnd()) lacking.push(path)
      }
      return lacking
    },
    async holdsResult(place, ref = 'main', files = made) {
      const lacking = await scene.lacks(place, ref, files)
      scene.expect(lacking.length === 0, `${ref} has not ${lacking.join(', ')}`)
    },
    async lacksResult(place, ref = 'main') {
      const lacking = await scene.lacks(place, ref)
      scene.expect(lacking.length === Object.keys(made).length, `${ref} has something of the result`)
    },
    /** The result is on the branch, or on one that was named with the command to take it. */
    async tookOrTold(place, ended, branch = 'main') {
      if ((await scene.lacks(place, branch)).length === 0) return 'took'
      const command = printedCommand(ended.output, /^git merge/)
      scene.expect(command !== undefined, `${branch} has not the result, and no command to take it was printed`)
      const ref = command?.split(' ').at(-1)
      if (ref !== undefined) await scene.holdsResult(place, ref)
      return 'told'
    },
    /** Types a command that was printed. */
    async types(place, command, options) {
      if (command === undefined) {
        problems.push('the command to type was not printed')
        return { code: -1, output: '' }
      }
      return scene.heard(await place.sh(command, options))
    },

    /** The end of a row: the user's things, and what is left behind, at every place. */
    async close() {
      for (const place of watched.keys()) {
        await scene.intact(place)
        const left = (await leftBehind(place)).filter((line) => !notLeft.some((pattern) => pattern.test(line)))
        for (const line of withoutInner(left)) problems.push(`left behind: ${line}`)
      }
      const running = () => processesIn(folder).filter((line) => !/^\d+ redis-server /.test(line))
      if (!(await eventually(() => running().length === 0, orphansMs))) {
        problems.push(`still running: ${running().join('; ')}`)
      }
    },
    async clear({ keep }) {
      await redis?.stop()
      endProcessesIn(folder)
      for (const act of endings.reverse()) await act()
      if (keep) console.log(`    kept in ${folder}`)
      else await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  return scene
}

/** A folder that is left stands for all in it. */
function withoutInner(lines) {
  return lines.filter((line) => !lines.some((other) => other !== line && line.startsWith(`${other}/`)))
}
