import { clean, openConduct } from '@nx-conduct/conductor'

/** Cleans as `nx run spec:clean` does, in this process. */
export async function cleanUp({ root, home }, force) {
  const conduct = await openConduct({
    root,
    specFile: '.spec/SPEC.md',
    env: { PATH: process.env.PATH, NX_CONDUCT_HOME: home },
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    signal: new AbortController().signal,
    report: () => undefined,
  })
  try {
    return await clean(conduct, { force })
  } finally {
    await conduct.close()
  }
}
