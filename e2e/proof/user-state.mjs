import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of a workspace that belong to runs, not to the person: nobody promises that they stay. */
const ofRuns = new Set(['.git', '.conduct'])
const ofRunsInGit = /^(objects|conduct|worktrees|refs\/conduct|logs\/refs\/conduct)(\/|$)|^nx-conduct\./

/**
 * What belongs to the person, path by path: every file of the working tree, HEAD, index, config, hooks, stash and refs
 * of the repository, byte for byte. Refs are read through git, because a run may pack them.
 *
 * @returns {Promise<ReadonlyMap<string, string>>}
 */
export async function userState({ root, gitDir, git }) {
  const state = new Map()
  await take(root, '', (path) => ofRuns.has(path), state)
  await take(gitDir, '', (path) => ofRunsInGit.test(path) || isRefStorage(path), state, 'git:')
  const refs = await git('for-each-ref', '--format=%(refname) %(objectname) %(symref)')
  for (const line of refs.split('\n')) {
    if (!line.startsWith('refs/conduct/')) state.set(`ref:${line.split(' ', 1)[0]}`, line)
  }
  state.set('stash', await git('stash', 'list', '--format=%H %gd %s'))
  return state
}

/** Loose and packed refs say the same in two ways; folders of refs come and go. */
function isRefStorage(path) {
  return path === 'packed-refs' || /^refs(\/|$)/.test(path)
}

/** One line per path that is not as it was. */
export function changes(before, after) {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)]
    if (was === is) return []
    return [is === undefined ? `${path} is gone` : was === undefined ? `${path} is new` : `${path} changed`]
  })
}

async function take(folder, inside, skip, state, prefix = '') {
  for (const { name } of await readdir(join(folder, inside), { withFileTypes: true })) {
    const path = inside === '' ? name : `${inside}/${name}`
    if (skip(path)) continue
    const file = join(folder, path)
    const found = await lstat(file)
    if (found.isDirectory()) await take(folder, path, skip, state, prefix)
    else if (found.isSymbolicLink()) state.set(`${prefix}${path}`, `-> ${await readlink(file)}`)
    else state.set(`${prefix}${path}`, `${found.mode} ${digest(await readFile(file))}`)
  }
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
