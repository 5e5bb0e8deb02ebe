import { printable } from '@nx-conduct/spec'

/** Colours and weights of text (SGR), and nothing else that a terminal obeys. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const colour = /(\u001b\[[0-9;:]{0,32}m)/

/** What may be the beginning of something that only the next chunk completes: a colour, a line end, a character of several parts. */
const incomplete =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  /(?:\u001b(?:\[[0-9;:]{0,32})?|\r|(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?\u200d?){1,32}[\ud800-\udbff]?|[\ud800-\udbff])$/u

/** A command's output on its way to a terminal, in chunks of any size. */
export interface TerminalOutput {
  write(chunk: string): void
  /** Passes on what was held back, and ends a colour that the command left on. */
  end(): void
}

/** Passes output on with its colours; every other control character is written out, as `printable` does. */
export function terminalOutput(pass: (text: string) => void): TerminalOutput {
  let held = ''
  let coloured = false
  const emit = (text: string) => {
    const shown = text.split(colour).map((part, index) => {
      if (index % 2 === 0) return printable(part)
      coloured = part !== '\u001b[0m' && part !== '\u001b[m'
      return part
    })
    if (text !== '') pass(shown.join(''))
  }
  return {
    write(chunk) {
      const all = held + chunk
      held = incomplete.exec(all.slice(-160))?.[0] ?? ''
      emit(all.slice(0, all.length - held.length))
    },
    end() {
      emit(held)
      held = ''
      if (coloured) pass('\u001b[0m')
      coloured = false
    },
  }
}
