import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

/**
 * Copies paths from one folder to the same places in another, with modes, times and links as they are; a folder's path ends in a slash. Returns why it
 * could not, undefined when it could. The system's own program takes a tenth of the time that Node's `cp` takes. No hard links: who
 * writes through one changes what all others see.
 */
export async function copyPaths(from: string, to: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isFolder = path.endsWith('/')
    const [source, target] = [join(from, path), join(to, path)]
    // Into a folder that is there already, `cp` would copy to a place one below.
    const refusal = await mkdir(isFolder ? target : dirname(target), { recursive: true }).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (refusal !== undefined) return refusal
    const { failed, stderr, message } = await execa('cp', ['-a', '--', isFolder ? `${source}.` : source, target], {
      stdin: 'ignore',
      reject: false,
    })
    if (failed) return stderr.trim() || message
  }
  return undefined
}

/** Whether files or links below these paths hold the path of the folder they are in, as a virtual environment's do. */
export async function namesItsPlace(top: string, made: readonly string[]): Promise<boolean> {
  const paths = made.map((path) => `./${path}`)
  const options = { cwd: top, stdin: 'ignore', reject: false } as const
  const [inFiles, inLinks] = await Promise.all([
    execa('grep', ['-rqsF', '--', top, ...paths], options),
    execa('find', [...paths, '-type', 'l', '-lname', `${top}*`], options),
  ])
  return inFiles.exitCode === 0 || inLinks.stdout !== ''
}
