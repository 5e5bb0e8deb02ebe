import { printable } from '@nx-conduct/spec'
import { parseCall, type Terminal } from './call.ts'
import { compileCommand } from './compile.ts'
import { importCommand } from './import.ts'

const usage = `Usage: nx-conduct <command>

  compile FILE [--json | --mermaid | --dot | --coverage]
                                              what the compiler understood of a spec, or (--coverage) what each line became;
                                              needs no Nx and no git
  import FILE [--write .spec/SPEC.md]         another tool's plan as a SPEC.md; --tag, --format, --force
  doctor [FILE] [--json]                      what a run of a spec needs, and whether it is there; starts nothing
  log [--spec NAME] [--json]                  the events of a spec's run log
  status [--spec NAME] [--exit-code]          how the newest run stands; exit code 0 done, 1 failed or not finished, 3 waiting
  watch [--spec NAME]                         follows a run that another terminal started, until it ends; starts none
  mcp [--http [--port N]]                     the run as MCP tools: on standard input and output, or over HTTP on this machine
  verify-history [--spec NAME]                checks the run log and the repository against the promises and the runs' plans

Everything else is an Nx target: npx nx run spec:conduct, spec:plan, spec:status, spec:lint
`

/** A terminal that nothing printed on it can steer: specs and logs hold what anybody may have written. */
function guarded(terminal: Terminal): Terminal {
  const guard = <S extends Terminal['stderr']>(stream: S) =>
    Object.assign(Object.create(stream) as S, { write: (text: string) => stream.write(printable(text)) })
  return {
    env: terminal.env,
    cwd: () => terminal.cwd(),
    once: (signal, act) => terminal.once?.(signal, act),
    stdout: guard(terminal.stdout),
    stderr: guard(terminal.stderr),
  }
}

/** Runs one command and returns the exit code: 0 done, 1 the input is wrong, 2 the call is, 3 a run waits for a person. Never throws. `serving`: whose streams a server speaks on. */
export async function main(
  args: readonly string[],
  process: Terminal,
  serving: NodeJS.Process = globalThis.process,
): Promise<number> {
  const terminal = guarded(process)
  let parsed: ReturnType<typeof parseCall>
  try {
    parsed = parseCall(args)
  } catch (error) {
    terminal.stderr.write(`✖ ${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  const [command, ...operands] = parsed.positionals
  if (parsed.values.help || command === undefined) {
    terminal.stdout.write(usage)
    return command === undefined && !parsed.values.help ? 2 : 0
  }
  try {
    switch (command) {
      case 'compile':
        return await compileCommand(operands, parsed.values, terminal, (coloured) => process.stderr.write(coloured))
      case 'import':
        return await importCommand(operands, parsed.values, terminal)
      case 'doctor': {
        const { doctorCommand } = await import('./doctor.ts')
        return await doctorCommand(operands, parsed.values, terminal)
      }
      case 'log':
      case 'status':
      case 'verify-history': {
        // The run log brings git and Redis along; the compiler has to start without them.
        const { logCommand, statusCommand, verifyCommand } = await import('./log.ts')
        const run = { log: logCommand, status: statusCommand, 'verify-history': verifyCommand }[command]
        return await run(parsed.values, terminal)
      }
      case 'watch': {
        const { watchCommand } = await import('./watch.ts')
        return await watchCommand(parsed.values, terminal, (coloured) => process.stdout.write(coloured))
      }
      case 'mcp': {
        const { mcpCommand } = await import('./mcp.ts')
        return await mcpCommand(parsed.values, terminal, serving)
      }
      default:
        terminal.stderr.write(`✖ there is no command ${command}\n\n${usage}`)
        return 2
    }
  } catch (error) {
    const next = error instanceof Error && 'hint' in error ? `\n  next      ${error.hint}` : ''
    terminal.stderr.write(`✖ ${error instanceof Error ? error.message : String(error)}${next}\n`)
    return 1
  }
}
