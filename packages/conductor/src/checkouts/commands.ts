import { type CommandOutcome, filterEnvironment, runCommand } from '@nx-conduct/agent'
import type { Settings } from '@nx-conduct/spec'
import type { LimitFunction } from 'p-limit'
import type { Environment } from '../run/environment.ts'
import type { Surroundings } from '../run/surroundings.ts'
import type { RepositoryWatch } from '../watch/repository-watch.ts'

/** Runs the spec's commands (setup and gates) in checkouts, at most so many at a time. */
export interface Commands {
  /** What a gate's outcome may depend on besides the tree. */
  readonly environment: Environment
  /** What commands see of this process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** `keepBytes`: how much of what it prints is kept, if more than usual. */
  run(command: string, place: CommandPlace, keepBytes?: number): Promise<CommandOutcome>
}

export interface CommandPlace {
  /** The folder that the command has to itself. */
  readonly top: string
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
}

export function commandsOf(
  settings: Settings,
  environment: Environment,
  { signal, env, report }: Pick<Surroundings, 'signal' | 'env' | 'report'>,
  {
    secrets,
    slots,
    watch,
  }: {
    readonly secrets: readonly string[]
    readonly slots: LimitFunction
    readonly watch: Pick<RepositoryWatch, 'around'>
  },
): Commands {
  return {
    environment,
    env: commandEnvironment(settings, env),
    async run(command, place, keepBytes) {
      const tell = (state: 'waits' | 'runs' | 'ended') =>
        report({ type: 'work', kind: 'command', what: command, state })
      tell('waits')
      try {
        return await slots(() => {
          tell('runs')
          return watch.around(`\`${command.replace(/\s+/g, ' ').slice(0, 60)}\` ran`, () =>
            runCommand({
              command,
              cwd: place.directory,
              ownFolder: place.top,
              env: place.env,
              timeoutMs: settings.testTimeoutMs,
              signal,
              secrets,
              ...(keepBytes === undefined ? {} : { keepBytes }),
            }),
          )
        })
      } finally {
        tell('ended')
      }
    },
  }
}

/** What agents' commands and test commands see of the environment. */
export function commandEnvironment(
  settings: Pick<Settings, 'env'>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return filterEnvironment(env, [...settings.env])
}
