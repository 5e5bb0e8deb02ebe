import { redact, redactDeep, secretsIn } from '@nx-conduct/agent'
import type { Plan } from '@nx-conduct/spec'
import type { Progress } from '../views/progress.ts'

/** The literal secrets that no output of a run may show: those of the environment, and the password of the spec's own Redis. */
export function secretsOf(
  { settings }: Pick<Plan, 'settings'>,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return secretsIn(env, [settings.redis?.url])
}

/** Takes the secrets of an environment out of a text: for what is printed where no run is open, such as the reason why none could be. */
export function withoutSecretsOf(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const secrets = secretsIn(env)
  return (text) => redact(text, secrets)
}

/** Passes progress on without secrets: messages hold names of files, answers of servers and words of agents. */
export function withoutSecrets(
  report: (progress: Progress) => void,
  secrets: readonly string[],
): (progress: Progress) => void {
  return (progress) => report(redactDeep(progress, secrets))
}
