import { shellWord } from '@nx-conduct/spec'
import type { Linter, LintPlace } from './linter.ts'

/** Bytes of the paths in one command. Linux passes no argument of more than 128 KiB, and a command is one to the shell that runs it. */
const mostBytes = 64 * 1024

/** Paths in groups that fit into a command each, in their order. */
export function inBatches(paths: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let room = 0
  for (const path of paths) {
    const bytes = Buffer.byteLength(fileWord(path)) + 1
    if (bytes > room || batches.length === 0) {
      batches.push([])
      room = mostBytes
    }
    batches.at(-1)?.push(path)
    room -= bytes
  }
  return batches
}

/** A linter's command as a shell at the workspace's root runs it. `paths`: from where the linter runs. */
export function commandLine(
  { arguments: options, takesFiles }: Pick<Linter, 'arguments' | 'takesFiles'>,
  { folder }: Pick<LintPlace, 'folder'>,
  program: string,
  paths: readonly string[],
): string {
  const files = takesFiles ? ` -- ${paths.map(fileWord).join(' ')}` : ''
  const command = `${shellWord(program)} ${options}${files}`
  return folder === '' ? command : `cd ${fileWord(folder)} && ${command}`
}

/** A path that no program takes for anything else: an option, a file of arguments. */
function fileWord(path: string): string {
  return shellWord(/^[\w.]/.test(path) ? path : `./${path}`)
}
