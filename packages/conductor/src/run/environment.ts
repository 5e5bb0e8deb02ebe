import { runCommand, sandboxMode } from '@nx-conduct/agent'
import { digestOf, type Settings, shellWord } from '@nx-conduct/spec'

/** What a gate's outcome may depend on besides the tree. */
export interface Environment {
  /** 64 hex digits. No host and no path enters it, so that machines of one kind share evidence. */
  readonly digest: string
  readonly sandbox: typeof sandboxMode
  /** First line of `PROGRAM --version`, by program; `missing` when it cannot be started. */
  readonly tools: Readonly<Record<string, string>>
}

/** Programs whose version counts when the settings declare none. */
export const defaultTools = ['node'] as const

export async function readEnvironment(
  settings: Settings,
  at: {
    readonly cwd: string
    readonly commandEnv: Readonly<Record<string, string>>
    readonly platform: string
    readonly arch: string
  },
): Promise<Environment> {
  const programs = settings.tools.length > 0 ? settings.tools : defaultTools
  const versions = await Promise.all(
    programs.map(async (program) => {
      const outcome = await runCommand({
        command: `${shellWord(program)} --version`,
        cwd: at.cwd,
        env: at.commandEnv,
        timeoutMs: 20_000,
      })
      const version = outcome.kind === 'exited' && outcome.exitCode === 0 ? outcome.output.split('\n', 1)[0] : undefined
      return [program, version?.trim() ?? 'missing'] as const
    }),
  )
  const tools = Object.fromEntries(versions)
  const digest = digestOf({
    os: at.platform,
    arch: at.arch,
    sandbox: sandboxMode,
    tools,
    setup: settings.setup ?? null,
    variables: Object.fromEntries(settings.env.map((name) => [name, at.commandEnv[name] ?? null])),
  })
  return { digest, sandbox: sandboxMode, tools }
}
