import type { Host } from '@nx-conduct/mcp'
import about from '../../package.json' with { type: 'json' }

export interface Serving extends Pick<Host, 'env' | 'signal'> {
  /** Top of the workspace. */
  readonly root: string
}

/** What a server of the run's tools works with in this process. */
export function hostOf({ root, env, signal }: Serving): Host {
  return {
    root,
    env,
    signal,
    version: about.version,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    projectRoots,
  }
}

/** As Nx knew them last: a server has no graph of its own. None where Nx never made one. */
async function projectRoots(): Promise<Readonly<Record<string, string>>> {
  try {
    const { readCachedProjectGraph } = await import('@nx/devkit')
    const { nodes } = readCachedProjectGraph()
    return Object.fromEntries(
      Object.values(nodes)
        .filter(({ data }) => !data.tags?.some((tag) => tag.startsWith('conduct:')))
        .map(({ name, data }) => [name, data.root]),
    )
  } catch {
    return {}
  }
}

/** What a person needs to connect a client. */
export function connectionText({ url, token }: { readonly url: string; readonly token: string }): string {
  return [
    `The run's tools are at ${url}`,
    `  token     ${token}`,
    '  next      Have the client send it as "Authorization: Bearer TOKEN". It is shown once, and ends with this server.',
  ].join('\n')
}
