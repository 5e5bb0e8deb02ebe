import { joinPathFragments, type Tree } from '@nx/devkit'
import {
  defaultSpecFile,
  type FormatId,
  formatDiagnostics,
  formatLost,
  importPlan,
  NotReadable,
  neighboursOf,
  printable,
  printableLine,
  recogniseFormat,
} from '@nx-conduct/spec'

export interface ImportOptions {
  readonly file: string
  readonly directory?: string
  readonly tag?: string
  readonly format?: FormatId
  readonly force?: boolean
}

/** Writes a spec from another tool's plan. Refuses to touch a spec that is there, and to write one that does not compile. */
export default async function importGenerator(
  tree: Tree,
  { file, directory = '.', tag, format, force = false }: ImportOptions,
): Promise<() => void> {
  const target = joinPathFragments(directory, defaultSpecFile)
  const shown = printableLine(target)
  if (tree.exists(target) && !force) {
    throw new Error(`${shown} exists already; nothing was written. --force overwrites it.`)
  }
  const path = joinPathFragments(file)
  const text = tree.isFile(path) ? tree.read(path, 'utf8') : null
  if (text === null) {
    throw new Error(
      `${printableLine(file)} is no file of the workspace. Give its path from the workspace's root: nx g nx-conduct:import specs/001/tasks.md`,
    )
  }
  const name = path.split('/').at(-1) ?? path
  const folder = path.slice(0, path.length - name.length)
  const known = format ?? recogniseFormat(text, name)?.id
  const beside = new Map<string, string>()
  for (const one of known === undefined ? [] : neighboursOf(known)) {
    const neighbour = joinPathFragments(folder, one)
    const content = tree.isFile(neighbour) ? tree.read(neighbour, 'utf8') : null
    if (content !== null) beside.set(one, content)
  }
  const { spec, plan, lost, formatName } = read(
    { text, name, beside, ...(tag === undefined ? {} : { tag }) },
    file,
    format,
  )
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    throw new Error(
      `what the ${formatName} says does not compile; nothing was written\n\n${formatDiagnostics(errors, { text: spec, path: target, color: false })}`,
    )
  }
  tree.write(target, spec)
  return () => {
    if (lost.length > 0) process.stdout.write(printable(`\nNot carried over:\n${formatLost(lost, file)}`))
    process.stdout.write(`\nSee what is understood of it: npx nx-conduct compile ${shown}\n`)
  }
}

function read(source: Parameters<typeof importPlan>[0], file: string, format: FormatId | undefined) {
  try {
    return importPlan(source, format)
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error
    throw new Error(printable(`${file}:${error.line} ${error.message}\n${error.hint}`), { cause: error })
  }
}
