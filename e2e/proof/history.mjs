import { execa } from 'execa'

/** The events of the run log, oldest first, read with plain git. */
export async function readEvents({ root, git }) {
  const refs = await git('for-each-ref', '--format=%(refname)', 'refs/conduct/spec/log')
  if (refs === '') return []
  const commits = (await git('rev-list', '--first-parent', '--reverse', 'refs/conduct/spec/log')).split('\n')
  const { stdout } = await execa('git', ['cat-file', '--batch=%(objecttype) %(objectsize)'], {
    cwd: root,
    input: commits.map((commit) => `${commit}:event.json\n`).join(''),
    encoding: 'buffer',
  })
  const bytes = Buffer.from(stdout)
  const events = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    const [, size] = /^blob (\d+)$/.exec(bytes.toString('utf8', at, end)) ?? []
    // The user's own commits, on which the log is based, hold no event.
    if (size === undefined) at = end + 1
    else {
      events.push(JSON.parse(bytes.toString('utf8', end + 1, end + 1 + Number(size))))
      at = end + 2 + Number(size)
    }
  }
  return events
}

/** Sessions of agents whose work was recorded more than once: money spent twice. */
export function ranTwice(events) {
  const sessions = events.filter(({ body }) => body.type === 'agent.finished' && body.outcome === 'reported')
  const keys = sessions.map(({ body }) => body.agentKey)
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))]
}
