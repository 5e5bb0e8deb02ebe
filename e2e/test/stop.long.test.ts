import { describe, test } from 'vitest'
import { hasScript, stopByKey, stopBySignal } from '../rig/stop.ts'

describe('a stopped run says so, blames nobody, and leaves nothing behind', () => {
  test.each([
    ['SIGTERM', 'nx alone'],
    ['SIGHUP', 'the group'],
  ] as const)('%s to %s', stopBySignal)

  test.runIf(hasScript)('Ctrl-C three times, at a terminal', () => stopByKey(3))

  test.runIf(hasScript)('Ctrl-C with an agent that ignores signals, at a terminal', () =>
    stopByKey(1, "trap '' INT TERM HUP; while :; do sleep 1; done"),
  )
})
