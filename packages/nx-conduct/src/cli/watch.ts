import { printable } from '@nx-conduct/spec'
import { colourMarks, wantsColour } from '../run/colour.ts'
import { watch } from '../run/watch.ts'
import type { Flags, Terminal } from './call.ts'

/** Follows a run until it ends or a person stops it: both are no failure. `write` passes colours. */
export async function watchCommand(flags: Flags, terminal: Terminal, write: (text: string) => void): Promise<number> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) terminal.once?.(signal, () => stopped.abort())
  const shown = wantsColour(terminal.env, () => terminal.stdout.isTTY === true) ? colourMarks : (text: string) => text
  const print = (line: string) => write(`${shown(printable(line))}\n`)
  await watch({ root: terminal.cwd(), spec: flags.spec, signal: stopped.signal, print })
  return 0
}
