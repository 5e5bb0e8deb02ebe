/** Variables whose values no output may show. */
const secretVariables = /(_KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$|^REDIS_URL$|^NX_CONDUCT_REDIS_URL$/

/** Shorter values would blank out ordinary words. */
const shortest = 8

/** The literal secrets of an environment. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && value.length >= shortest && secretVariables.test(name) ? [value] : [],
  )
}
