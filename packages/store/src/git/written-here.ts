/** Entries of run logs that this process wrote, whichever log of its they are in. */
const written = new Set<string>()

/** Notes an entry before it can be read by anybody. */
export function noteWritten(entry: string): void {
  written.add(entry)
}

/** Whether this process wrote an entry. One that claims it and was not is forged. */
export function wasWrittenHere(entry: string): boolean {
  return written.has(entry)
}
