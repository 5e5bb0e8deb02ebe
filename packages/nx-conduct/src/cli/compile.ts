import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import {
  compile,
  coverageOf,
  coverageToText,
  formatDiagnostics,
  planToDot,
  planToJson,
  planToMermaid,
  planToTable,
  printableJson,
} from '@nx-conduct/spec'
import type { Flags, Terminal } from './call.ts'

/**
 * Prints what was understood of a spec, and what is wrong with it. 1 when there are errors or the file cannot be read.
 * `paint` writes text that holds colours of ours and is safe otherwise.
 */
export async function compileCommand(
  operands: readonly string[],
  flags: Flags,
  terminal: Terminal,
  paint: (coloured: string) => void,
): Promise<number> {
  const [file, more] = operands
  if (file === undefined || more !== undefined) {
    terminal.stderr.write(
      `✖ compile takes one file${more === undefined ? '' : `, not ${operands.length}`}\n  next      npx nx-conduct compile .spec/SPEC.md\n`,
    )
    return 2
  }
  let text: string
  try {
    text = await readFile(isAbsolute(file) ? file : join(terminal.cwd(), file), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : (code ?? String(error))
    terminal.stderr.write(`✖ ${file} cannot be read: ${why}\n`)
    return 1
  }
  const coverage = flags.coverage ? coverageOf(text, { file }) : undefined
  const plan = coverage?.plan ?? compile(text, { file })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error').length
  if (flags.json) {
    terminal.stdout.write(`${printableJson(planToJson(plan))}\n`)
    return errors > 0 ? 1 : 0
  }
  if (coverage !== undefined) terminal.stdout.write(coverageToText(coverage))
  else if (flags.mermaid) terminal.stdout.write(planToMermaid(plan))
  else if (flags.dot) terminal.stdout.write(planToDot(plan))
  else if (plan.phases.length > 0) terminal.stdout.write(planToTable(plan, terminal.stdout.columns ?? 120))
  if (plan.diagnostics.length > 0) {
    const color = terminal.stderr.isTTY === true && terminal.env['NO_COLOR'] === undefined
    paint(`\n${formatDiagnostics(plan.diagnostics, { text, path: file, color })}\n`)
  }
  return errors > 0 ? 1 : 0
}
