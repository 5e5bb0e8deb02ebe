import { lstatSync, type Stats } from 'node:fs'

/** Clocks of file systems advance in steps of milliseconds: what changed later than this may change again under the same time. */
const settledAfterMs = 100

/** Equal for a file that did not change in between. Empty for one that changed so lately that the next change may have the same time. */
export function stampOf({ mode, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return Date.now() - ctimeMs < settledAfterMs ? '' : `${mode} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
}

/** Of several files together; empty where one of them is missing or changed lately. */
export function stampOfFiles(files: readonly string[]): string {
  let whole = ''
  for (const file of files) {
    const stats = lstatSync(file, { throwIfNoEntry: false })
    const stamp = stats === undefined ? '' : stampOf(stats)
    if (stamp === '') return ''
    whole += `${stamp}\n`
  }
  return whole
}
