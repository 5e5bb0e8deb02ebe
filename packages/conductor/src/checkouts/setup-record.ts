import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const recordEnding = '.setup.json'

/** What is kept next to a checkout under its name: the record of its setup, our own state of it, and what its session came to. (`.nx` is of earlier versions.) */
const endings = /(?:\.setup\.json(?:\.new)?|\.state|\.nx|(?:\.[0-9a-f]+)?\.session\.json)$/

/** The file beside a checkout that says what setup made in it. Goes with the checkout. */
export function setupRecordOf(top: string): string {
  return `${top}${recordEnding}`
}

/**
 * Writes down which ignored files and folders are in a checkout right after its setup, as `ignoredPaths` of
 * `@nx-conduct/git` gives them (a folder ends in `/`). Replaces an earlier record.
 */
export async function recordSetup(top: string, paths: readonly string[]): Promise<void> {
  const file = setupRecordOf(top)
  await writeFile(`${file}.new`, `${JSON.stringify({ made: paths })}\n`)
  await rename(`${file}.new`, file)
}

/** Forgets what setup made in a checkout that is gone. */
export async function forgetSetup(top: string): Promise<void> {
  const file = setupRecordOf(top)
  for (const one of [file, `${file}.new`]) await rm(one, { force: true })
}

/**
 * Tells of a path in the checkout whether its setup made it, or the folder that holds it. Without a record that can be read,
 * setup made nothing: rather too much is kept than lost.
 */
export async function madeBySetup(top: string): Promise<(path: string) => boolean> {
  const made = await setupPaths(top)
  const whole = new Set(made)
  const folders = made.filter((path) => path.endsWith('/'))
  return (path) => whole.has(path) || folders.some((folder) => path.startsWith(folder))
}

/** Removes from a folder of checkouts what stood beside those that are gone. */
export async function removeLeftBeside(folder: string): Promise<void> {
  const names = new Set(await readdir(folder).catch(() => []))
  for (const name of names) {
    const checkout = checkoutBeside(name)
    if (checkout !== undefined && !names.has(checkout)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** The checkout that a file or folder of this name belongs to; undefined for any other. */
function checkoutBeside(name: string): string | undefined {
  const beside = endings.exec(name)
  return beside === null ? undefined : name.slice(0, beside.index)
}

/** The ignored files and folders (these end in `/`) that setup made in a checkout, from its top. */
export async function setupPaths(top: string): Promise<readonly string[]> {
  return pathsIn(await readFile(setupRecordOf(top), 'utf8').catch(() => ''))
}

function pathsIn(text: string): readonly string[] {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof record !== 'object' || record === null || !('made' in record) || !Array.isArray(record.made)) return []
  return record.made.filter((path) => typeof path === 'string')
}
