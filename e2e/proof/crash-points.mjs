import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'

/**
 * The places of a run where a proof may strike, named `kind:place#n` (`after-step.accepted:2/implement/add#1`): before
 * and after every entry of the run log and every lease, and at everything a person is told. A name means the same
 * moment in every run of the same spec, however its steps interleave.
 *
 * @param {{ strikes?: readonly { at: string, signal: NodeJS.Signals, group?: boolean }[], record?: string }} options
 *   `strikes`: the signals this process sends itself, to its whole group if so said; `record`: a file for every name.
 */
export function crashPoints({ strikes = [], record }) {
  const step = new AsyncLocalStorage()
  const counts = new Map()

  const reach = (kind, place = step.getStore() ?? 'run') => {
    const name = `${kind}:${place}`
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const point = `${name}#${count}`
    if (record !== undefined) appendFileSync(record, `${point}\n`)
    for (const { at, signal, group } of strikes) {
      if (at === point) process.kill(group ? -process.pid : process.pid, signal)
    }
  }
  const around = async (kind, place, act) => {
    reach(`before-${kind}`, place)
    const result = await act()
    reach(`after-${kind}`, place)
    return result
  }

  return {
    /** What happens inside belongs to the step. */
    inStep: (request, perform) => step.run(placeName(request), perform),
    /** Progress of a run; notices come when the surroundings make them come, so they are no points. */
    told(progress) {
      if (progress.type !== 'notice') reach(progress.type, progress.place ? placeName(progress.place) : undefined)
    },
    /** The run log with a point before and after every write. */
    watch: (log) => ({
      state: () => log.state(),
      append: (request) => around(request.body.type, undefined, () => log.append(request)),
      events: (after) => log.events(after),
      acquire: (key, ttlMs) => around('acquire', undefined, () => log.acquire(key, ttlMs)),
      renew: (lease, ttlMs) => log.renew(lease, ttlMs),
      release: (lease) => around('release', undefined, () => log.release(lease)),
      leases: () => log.leases(),
      clearStaleLocks: () => log.clearStaleLocks(),
      announce: (progress) => log.announce(progress),
      close: () => around('close', undefined, () => log.close()),
    }),
  }
}

function placeName({ phase, step, module }) {
  return [phase, step, module].filter((part) => part !== undefined).join('/')
}
