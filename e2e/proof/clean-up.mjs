import { clean, openRun } from '@nx-conduct/conductor'

/** Cleans as `nx run spec:clean` does, in this process. */
export async function cleanUp({ root, home }, force) {
  const context = await openRun({
    root,
    specFile: '.spec/SPEC.md',
    env: { PATH: process.env.PATH, NX_CONDUCT_HOME: home },
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    signal: new AbortController().signal,
    report: () => undefined,
  })
  try {
    return await clean(context, { force })
  } finally {
    await context.close()
  }
}
