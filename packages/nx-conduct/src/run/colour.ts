import { readlinkSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Begins a line, or follows the time and the place of one: so nothing that an agent or a command says is coloured. */
const mark = /^( *(?:\d+(?::\d\d)+ {2}(?:phase \S+ [a-z]+(?: \S+)? +|finalize +| *))?)([✔✓✖✗‖!])(?= )/gmu

const colours: Readonly<Record<string, number>> = { '✔': 32, '✓': 32, '✖': 31, '✗': 31, '‖': 33, '!': 33 }

/** A text for a terminal with its marks coloured. */
export function colourMarks(text: string): string {
  return text.replace(mark, (_, before: string, sign: string) => `${before}\u001b[${colours[sign]}m${sign}\u001b[39m`)
}

/**
 * Whether marks are coloured. What a task prints goes through a pipe, and Nx sets `FORCE_COLOR=true` for all of them, whether it is at a
 * terminal or not: so that value alone says nothing. Any other that a person sets counts, as do `NO_COLOR` and `FORCE_COLOR=0`.
 */
export function wantsColour(env: Environment, isTerminal: () => boolean): boolean {
  const force = env['FORCE_COLOR'] ?? ''
  if ((env['NO_COLOR'] ?? '') !== '' || force === '0' || force === 'false') return false
  if (env['NX_TUI'] === 'true') return true
  return (force !== '' && force !== 'true') || isTerminal()
}

/** Whether this task or the Nx that started it writes to a terminal. Where the system does not tell, Nx is where its input is. */
export function writesToTerminal({ stdout, stdin, ppid, platform }: NodeJS.Process): boolean {
  if (stdout.isTTY) return true
  if (platform !== 'linux') return stdin.isTTY
  try {
    return /^\/dev\/(?:pts\/|tty|console)/.test(readlinkSync(`/proc/${ppid}/fd/1`))
  } catch {
    // Nx is gone, or another user's: then nobody is there to see colours.
    return false
  }
}
