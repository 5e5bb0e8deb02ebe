import { afterEach, describe, test } from 'vitest'
import { hasScript, stopByKey, stopBySignal, stubbornWorkspace } from '../rig/stop.ts'
import type { Workspace } from '../rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

async function stubborn(command?: string): Promise<Workspace> {
  workspace = await stubbornWorkspace(command)
  return workspace
}

describe('a stopped run says so, blames nobody, and leaves nothing behind', () => {
  test.each([
    ['SIGTERM', 'nx alone'],
    ['SIGHUP', 'the group'],
  ] as const)('%s to %s', async (signal, reaches) => {
    await stopBySignal(await stubborn(), signal, reaches)
  })

  test.runIf(hasScript)('Ctrl-C three times, at a terminal', async () => {
    await stopByKey(await stubborn(), 3)
  })

  test.runIf(hasScript)('Ctrl-C with an agent that ignores signals, at a terminal', async () => {
    await stopByKey(await stubborn("trap '' INT TERM HUP; while :; do sleep 1; done"), 1)
  })
})
