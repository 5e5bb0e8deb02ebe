import { sandboxMode } from '@nx-conduct/agent'
import { digestOf, type Settings } from '@nx-conduct/spec'
import { execa } from 'execa'

/** What a gate's outcome may depend on besides the tree. */
export interface Environment {
  /** 64 hex digits. No host and no path enters it, so that machines of one kind share evidence. */
  readonly digest: string
  readonly sandbox: typeof sandboxMode
  /** First line of `PROGRAM --version`, by program, or of `PROGRAM version` where that fails; `missing` when both do. */
  readonly tools: Readonly<Record<string, string>>
}

/** Programs whose version counts when the settings declare none. */
export const defaultTools = ['node'] as const

/** A program that takes longer to print its version does not answer at all. */
const versionTimeoutMs = 20_000

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
  const versions = await Promise.all(programs.map(async (program) => [program, await versionOf(program, at)] as const))
  const tools = Object.fromEntries(versions)
  const digest = digestOf({
    os: at.platform,
    arch: at.arch,
    sandbox: sandboxMode,
    tools,
    // Declared inputs decide whether setup runs where there is no lockfile.
    setup:
      settings.setupInputs.length > 0
        ? { command: settings.setup ?? null, inputs: settings.setupInputs }
        : (settings.setup ?? null),
    variables: Object.fromEntries(settings.env.map((name) => [name, at.commandEnv[name] ?? null])),
  })
  return { digest, sandbox: sandboxMode, tools }
}

async function versionOf(
  program: string,
  { cwd, commandEnv }: { readonly cwd: string; readonly commandEnv: Readonly<Record<string, string>> },
): Promise<string> {
  // Go, Terraform, Helm and their kind have a command for it; Go refuses the option.
  for (const asked of ['--version', 'version']) {
    // No shell: the program's name comes from the spec.
    const { failed, stdout, stderr } = await execa(program, [asked], {
      cwd,
      env: commandEnv,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: versionTimeoutMs,
    })
    if (failed) continue
    const [version = ''] = (stdout || stderr).split('\n', 1)
    return version.trim()
  }
  return 'missing'
}
