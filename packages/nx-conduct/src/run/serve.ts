import { isInsideCommand } from '@nx-conduct/conductor'
import { createServer, type Host, type Listening, listenHttp, newToken, shared } from '@nx-conduct/mcp'
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

/** Serves the run's tools over HTTP until the signal comes. False, with the reason printed, where it cannot begin. */
export async function serveHttp(
  host: Host,
  { port, print }: { readonly port: number; readonly print: (text: string) => void },
): Promise<boolean> {
  const token = newToken()
  const servers = shared(host)
  let listening: Listening
  try {
    listening = await listenHttp({ port, token, createServer: () => createServer(servers) })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    print(
      `✖ port ${port} cannot be served: ${why}\n  next      Take another port, or leave it out: then a free one is taken`,
    )
    return false
  }
  print(connectionText(listening.url, token))
  await new Promise<void>((resolve) => {
    if (host.signal.aborted) resolve()
    else host.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await listening.close()
  return true
}

/** What a person needs to connect a client. */
function connectionText(url: string, token: string): string {
  return [
    `The run's tools are at ${url}`,
    `  token     ${token}`,
    '  next      Have the client send it as "Authorization: Bearer TOKEN". It is shown once, and ends with this server.',
  ].join('\n')
}

/** Why a process may not drive a run; undefined where it may. An agent or a test of the run would speak for the person who started it. */
export function whyNotDrive(env: Host['env']): string | undefined {
  if (!isInsideCommand(env)) return undefined
  return '✖ a command of an agent or a test of a run cannot drive the run\n  next      Run this in a terminal of your own'
}
