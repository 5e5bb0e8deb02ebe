import type { AgentChoice } from '../contract.ts'
import { presets } from './presets.ts'

/** What programs that talk to a service need behind a proxy, or where certificates are the company's own. */
const network = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'] as const
const networkSettings = ['NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const

/**
 * The variables that the agent's own program is given beside those of all commands: those of its preset. Nothing without one.
 * `isOfRepository`: whether a variable is set by a file of the repository, which does not decide where a key is sent.
 */
export function presetEnvironment(
  { preset }: Pick<AgentChoice, 'preset'>,
  env: Readonly<Record<string, string | undefined>>,
  isOfRepository: (name: string) => boolean = () => false,
): { readonly variables: Readonly<Record<string, string>>; readonly ignored: readonly string[] } {
  if (preset === undefined) return { variables: {}, ignored: [] }
  const { keys, endpoints, settings, aliases = {}, fixed = {} } = presets[preset].variables
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== ''
  const places = [...endpoints, ...network].filter(isSet)
  const ignored = places.filter(isOfRepository)
  const names = [...keys, ...settings, ...networkSettings, ...places.filter((name) => !ignored.includes(name))]
  const found = names.filter(isSet).map((name) => [name, env[name] ?? ''] as const)
  const renamed = Object.entries(aliases).flatMap(([name, other]) =>
    isSet(name) || !isSet(other) ? [] : [[name, env[other] ?? ''] as const],
  )
  return { variables: { ...Object.fromEntries([...found, ...renamed]), ...fixed }, ignored }
}

/** The values among an agent's own variables that are secret. */
export function keysIn(
  { preset }: Pick<AgentChoice, 'preset'>,
  own: Readonly<Record<string, string>>,
): readonly string[] {
  return preset === undefined ? [] : presets[preset].variables.keys.flatMap((name) => own[name] ?? [])
}

/** How an agent is logged in, as far as that shows: a key in the environment, or a file of its program. */
export function loginOf(
  preset: NonNullable<AgentChoice['preset']>,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): { readonly kind: 'variable' | 'file'; readonly name: string } | undefined {
  const { variables, credentialFiles } = presets[preset]
  const key = variables.keys.find((name) => env[name] !== undefined && env[name] !== '')
  if (key !== undefined) return { kind: 'variable', name: key }
  const file = credentialFiles.find((each) => exists(`${env['HOME'] ?? ''}/${each}`))
  return file === undefined ? undefined : { kind: 'file', name: `~/${file}` }
}
