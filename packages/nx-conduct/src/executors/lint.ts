import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutorContext } from '@nx/devkit'
import { advise, compile, defaultSpecName, formatDiagnostics, printable, printableJson } from '@nx-conduct/spec'

/** Shows what the compiler has to say about a spec, and what would make its plan cheaper to run. Fails when there are errors. */
export default async function lint(
  options: { readonly spec: string; readonly json?: boolean },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const text = await readFile(join(context.root, options.spec), 'utf8')
  const plan = compile(text, { defaultName: defaultSpecName(options.spec), file: options.spec })
  const { phases } = plan
  const diagnostics = [...plan.diagnostics, ...advise(plan)].toSorted(
    (a, b) => a.range.start.offset - b.range.start.offset,
  )
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  if (options.json) process.stdout.write(`${printableJson(diagnostics)}\n`)
  else {
    if (diagnostics.length > 0)
      process.stdout.write(
        `${formatDiagnostics(diagnostics, { text, path: options.spec, color: process.stdout.isTTY })}\n`,
      )
    const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length
    process.stdout.write(
      printable(`${options.spec}: ${phases.length} phases, ${errors} errors, ${warnings} warnings\n`),
    )
  }
  return { success: errors === 0 }
}
