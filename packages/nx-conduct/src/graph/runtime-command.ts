import { shellWord } from '@nx-conduct/spec'

/** What programs need to be found, to find their own settings and to reach a remote. No secret has one of these names. */
export const passed = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'SSH_AUTH_SOCK'] as const

/** Git asks nobody, locks nothing, and starts no program that an address or a hook names. */
export const gitSettings = ['-c', 'protocol.ext.allow=never', '-c', 'core.fsmonitor=false']

export interface RuntimeCommand {
  readonly runtime: string
}

/**
 * A command line for Nx's `runtime` inputs. Nx gives it to `sh` with the whole environment of the user, keys included: so the
 * program starts with the few variables above and no others, each word is quoted, and after a failure `otherwise` is printed, or run, instead.
 */
export function runtimeCommand(
  words: readonly string[],
  { otherwise }: { readonly otherwise?: string | RuntimeCommand } = {},
): RuntimeCommand {
  // An unset variable stays unset: an empty HOME is another thing than none.
  const environment = passed.map((name) => `\${${name}+${name}="$${name}"}`)
  const line = [
    'env -i',
    ...environment,
    'LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0',
    ...words.map(shellWord),
    ...(otherwise === undefined ? [] : ['2>/dev/null', '||', commandOf(otherwise)]),
  ]
  return { runtime: line.join(' ') }
}

function commandOf(otherwise: string | RuntimeCommand): string {
  return typeof otherwise === 'string' ? `echo ${shellWord(otherwise)}` : otherwise.runtime
}

/** What a program prints of its version. Go, Terraform and their kind have a command for it; Go refuses the option. */
export function versionCommand(program: string): RuntimeCommand {
  const byCommand = runtimeCommand([program, 'version'], { otherwise: 'missing' })
  return runtimeCommand([program, '--version'], { otherwise: byCommand })
}

/** A runtime input that git prints. */
export function gitCommand(words: readonly string[], options?: Parameters<typeof runtimeCommand>[1]): RuntimeCommand {
  return runtimeCommand(['git', ...gitSettings, ...words], options)
}
