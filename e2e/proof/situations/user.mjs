import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Names in the working tree that belong to git, to Nx and to runs. */
const notTheirs = new Set(['.git', '.conduct', '.nx', 'node_modules'])
const ourRefs = /^refs\/(conduct\/|heads\/(nx-)?conduct[-/])/

/**
 * What belongs to the user: HEAD, branches, tags, stash, configuration, hooks, staged changes and every file.
 * `kept`: the files that no commit at HEAD has in exactly this form, so nobody else has them.
 */
export async function userState({ root, git, person }) {
  const read = (...args) => git(...args).catch(() => '')
  const common = await read('rev-parse', '--path-format=absolute', '--git-common-dir')
  const refs = new Map()
  for (const line of (await read('for-each-ref', '--format=%(refname) %(objectname)')).split('\n')) {
    const [name, oid] = line.split(' ')
    if (name && !name.startsWith('refs/conduct/')) refs.set(name, oid)
  }
  const files = new Map()
  await takeFiles(root, '', files)
  const kept = new Set(files.keys())
  const changed = new Set((await read('diff', '--name-only', '-z', 'HEAD')).split('\0'))
  for (const path of (await read('ls-tree', '-r', '-z', '--name-only', '--full-tree', 'HEAD')).split('\0')) {
    if (!changed.has(path)) kept.delete(path)
  }
  const settings = new Map()
  for (const [label, path] of [
    ['config', join(common, 'config')],
    ['config.worktree', join(common, 'config.worktree')],
    ['global config', join(person, '.gitconfig')],
  ]) {
    settings.set(label, await readFile(path, 'utf8').catch(() => undefined))
  }
  for (const folder of ['hooks', 'info']) await takeFiles(join(common, folder), '', settings, `.git/${folder}/`)
  return {
    head: (await read('symbolic-ref', '--quiet', 'HEAD')) || (await read('rev-parse', 'HEAD')),
    refs,
    files,
    kept,
    settings,
    staged: await read('diff', '--cached', '--raw', '--no-abbrev', '--no-renames'),
    stash: await read('stash', 'list', '--format=%H %s'),
  }
}

/**
 * One sentence per thing of the user's that is not as it was. A run may move a branch forward that it may move, add its
 * own branches, and write files that are then exactly those of HEAD.
 *
 * @param {{ movable?: readonly string[], ancestor: (old: string, now: string) => Promise<boolean> }} options
 */
export async function lostBetween(before, after, { movable = [], ancestor }) {
  const lost = []
  if (before.head !== after.head) lost.push(`HEAD was ${before.head} and is ${after.head}`)
  if (before.staged !== after.staged) lost.push(`the staged changes are ${JSON.stringify(after.staged.slice(0, 200))} now`)
  if (before.stash !== after.stash) lost.push(`the stash is ${JSON.stringify(after.stash)} now`)
  for (const key of new Set([...before.settings.keys(), ...after.settings.keys()])) {
    if (before.settings.get(key) !== after.settings.get(key)) lost.push(`${key} changed`)
  }
  for (const [name, oid] of before.refs) {
    const now = after.refs.get(name)
    if (now === oid || name === 'refs/stash') continue
    if (now === undefined) lost.push(`${name} is gone (it was ${oid.slice(0, 7)})`)
    else if (!movable.includes(name) && !ourRefs.test(name)) lost.push(`${name} moved`)
    else if (!(await ancestor(oid, now))) lost.push(`${name} lost ${oid.slice(0, 7)}: it is ${now.slice(0, 7)} now`)
  }
  for (const name of after.refs.keys()) {
    if (!before.refs.has(name) && !ourRefs.test(name)) lost.push(`${name} is new`)
  }
  for (const [path, digest] of before.files) {
    const now = after.files.get(path)
    if (now === digest) continue
    if (before.kept.has(path)) lost.push(`the user's ${path} ${now === undefined ? 'is gone' : 'changed'}`)
    else if (now !== undefined && after.kept.has(path)) lost.push(`${path} changed and is not as HEAD has it`)
  }
  for (const path of after.files.keys()) {
    if (!before.files.has(path) && after.kept.has(path)) lost.push(`${path} is new and in no commit`)
  }
  return lost
}

async function takeFiles(folder, inside, into, prefix = '') {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch(() => [])
  for (const { name } of entries) {
    if (notTheirs.has(name)) continue
    const path = inside === '' ? name : `${inside}/${name}`
    const found = await lstat(join(folder, path))
    if (found.isDirectory()) await takeFiles(folder, path, into, prefix)
    else if (found.isSymbolicLink()) into.set(prefix + path, `-> ${await readlink(join(folder, path))}`)
    else if (found.isFile()) into.set(prefix + path, digest(await readFile(join(folder, path))))
  }
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
