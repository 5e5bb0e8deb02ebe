import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
  FORMATS,
  type FormatId,
  formatDiagnostics,
  formatLost,
  importPlan,
  NotReadable,
  neighboursOf,
  recogniseFormat,
} from '@nx-conduct/spec'
import type { Flags, Terminal } from './call.ts'

/**
 * Prints another tool's plan as a SPEC.md, or writes it. What could not be carried over is listed on the error stream. 1 when the plan
 * cannot be read, what it says does not compile, or the file to write is there already; 2 when the call is wrong.
 */
export async function importCommand(operands: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const [file, more] = operands
  const refuse = (code: number, message: string, next: string): number => {
    terminal.stderr.write(`✖ ${message}\n  next      ${next}\n`)
    return code
  }
  if (file === undefined || more !== undefined) {
    const count = more === undefined ? '' : `, not ${operands.length}`
    return refuse(2, `import takes one file${count}`, 'npx nx-conduct import tasks.md --write .spec/SPEC.md')
  }
  const { format } = flags
  if (format !== undefined && !isFormat(format)) {
    return refuse(2, `there is no format ${format}`, `one of: ${Object.keys(FORMATS).join(', ')}`)
  }
  const path = resolve(terminal.cwd(), file)
  let imported: ReturnType<typeof importPlan>
  try {
    const text = await readFile(path, 'utf8')
    const known = format ?? recogniseFormat(text, basename(path))?.id
    const beside =
      known === undefined ? new Map<string, string>() : await readBeside(dirname(path), neighboursOf(known))
    const { tag } = flags
    imported = importPlan({ text, name: basename(path), beside, ...(tag === undefined ? {} : { tag }) }, format)
  } catch (error) {
    if (error instanceof NotReadable) return refuse(1, `${file}:${error.line} ${error.message}`, error.hint)
    const why = reasonOf(error)
    if (why === undefined) throw error
    return refuse(1, `${file} cannot be read: ${why}`, 'give the path of a plan: npx nx-conduct import tasks.md')
  }
  const { spec, lost, formatName, plan } = imported
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  const { write } = flags
  if (write === undefined) terminal.stdout.write(spec)
  else if (errors.length === 0) {
    const wrote = await writeSpecFile(resolve(terminal.cwd(), write), spec, flags.force)
    if (!wrote) {
      return refuse(
        1,
        `${write} exists already; nothing was written`,
        `overwrite it with: npx nx-conduct import ${file} --write ${write} --force`,
      )
    }
  }
  if (lost.length > 0) terminal.stderr.write(`\nNot carried over:\n${formatLost(lost, file)}`)
  if (errors.length > 0) {
    const nothing = write === undefined ? '' : '; nothing was written'
    terminal.stderr.write(`\n✖ what the ${formatName} says does not compile${nothing}\n`)
    terminal.stderr.write(`\n${formatDiagnostics(errors, { text: spec, path: write ?? 'SPEC.md', color: false })}\n`)
    return 1
  }
  const count = `${plan.phases.length} ${plan.phases.length === 1 ? 'phase' : 'phases'}`
  terminal.stderr.write(
    write === undefined
      ? `\n${formatName}: ${count}\n  next      npx nx-conduct import ${file} --write .spec/SPEC.md\n`
      : `\nWrote ${write} with ${count} from ${formatName}\n  next      npx nx-conduct compile ${write}\n`,
  )
  return 0
}

function isFormat(word: string): word is FormatId {
  return Object.hasOwn(FORMATS, word)
}

/** Files beside the plan that are there. */
async function readBeside(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const beside = new Map<string, string>()
  for (const name of names) {
    try {
      beside.set(name, await readFile(join(folder, name), 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return beside
}

/** False where the file is there and is not to be overwritten. */
async function writeSpecFile(path: string, spec: string, force: boolean): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, spec, { flag: force ? 'w' : 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function reasonOf(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code
}
