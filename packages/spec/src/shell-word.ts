/**
 * A text as one word of a POSIX shell's command line: nothing in it is expanded, and it ends where it ends. Every text that enters a
 * command line of ours passes through here. A text with a NUL cannot be an argument; its NULs are dropped, as shells do.
 */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`
}
