/**
 * `npm run proof -- merges [--rows RE] [--keep] [--show]`
 *
 * What modules of one phase do to the same files, through the conductor's own steps with scripted agents on real git: each row has the
 * exact tree that comes of it, the conflict that goes to the synthesis-architect, or the words of the refusal. In each, what a side
 * added is in the result or named in a notice.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeGround } from './ground.mjs'
import { contents } from './merges/contents.mjs'
import { drivers } from './merges/drivers.mjs'
import { integrateRow } from './merges/integrate-row.mjs'
import { kinds } from './merges/kinds.mjs'
import { lostIn } from './merges/lost-in.mjs'
import { paths } from './merges/paths.mjs'
import { phases } from './merges/phases.mjs'
import { syntheses } from './merges/syntheses.mjs'
import { makeTally, sideBySide } from './tally.mjs'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
})

const rows = [...contents, ...paths, ...kinds, ...drivers, ...syntheses, ...phases]
const ground = await makeGround('merges')
const tally = makeTally()
try {
  const wanted = rows.filter(({ name }) => new RegExp(values.rows).test(name))
  await sideBySide([...wanted.entries()], 2, ([at, row]) => prove(row, join(ground.folder, String(at))))
} finally {
  if (!values.keep) await ground.remove()
}
tally.close()

async function prove(row, folder) {
  await mkdir(folder)
  const ended = await integrateRow(row, folder)
  if (values.show) console.log(ended.text)
  tally.ended(row.name, problemsOf(row, ended), ended.text)
  if (!values.keep) await rm(folder, { recursive: true, force: true })
}

function problemsOf(row, ended) {
  const { text, tree } = ended
  const ofSaid = [
    ...(row.says ?? []).filter((each) => !each.test(text)).map((each) => `nothing says ${each}`),
    ...(row.saysNot ?? []).filter((each) => each.test(text)).map((each) => `something says ${each}`),
  ]
  if (row.refused !== undefined) return [...problemsOfRefusal(row, ended), ...ofSaid]
  if (tree === undefined) return ['it did not merge', ...ofSaid]
  return [...problemsOfTree(row, ended), ...problemsOfConflict(row, ended), ...lostIn(ended), ...ofSaid]
}

function problemsOfRefusal({ refused }, { failure, tree }) {
  if (tree !== undefined) return ['it was merged']
  return refused.test(failure) ? [] : [`the refusal does not say ${refused}`]
}

/** The tree has to be the one that git makes of the expected files, entry by entry. */
function problemsOfTree({ merged, result = merged }, { root, startTree, tree }) {
  const expected = entriesOf(root, treeAfter(root, startTree, result))
  const found = entriesOf(root, tree)
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((path) => expected.get(path) !== found.get(path))
    .map((path) => `${JSON.stringify(path)} is ${found.get(path) ?? 'not there'}, not ${expected.get(path) ?? 'gone'}`)
}

function problemsOfConflict({ merged, conflict = [], told = [] }, { synthesised, prompts }) {
  if (merged !== undefined && synthesised.length > 0) return [`an agent had to merge ${synthesised.join(', ')}`]
  const [found, expected] = [[...new Set(synthesised)].sort(), [...conflict].sort()].map((each) => JSON.stringify(each))
  return [
    ...(found === expected ? [] : [`the conflict is in ${found}, not in ${expected}`]),
    ...told.filter((each) => !each.test(prompts)).map((each) => `the synthesis-architect is not told ${each}`),
  ]
}

/** What a script makes of a tree, by git alone and without the settings of the repository. */
function treeAfter(root, tree, script) {
  const [folder, gitDir] = [join(root, '../expected'), join(root, '../expected.git')]
  execFileSync('git', ['init', '--quiet', '--bare', gitDir])
  execFileSync('mkdir', [folder])
  const env = {
    ...process.env,
    GIT_DIR: gitDir,
    GIT_WORK_TREE: folder,
    GIT_OBJECT_DIRECTORY: join(root, '.git/objects'),
  }
  const git = (...args) => execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim()
  git('read-tree', tree)
  git('checkout-index', '--all')
  execFileSync('bash', ['-ec', script], { cwd: folder })
  git('add', '--all')
  return git('write-tree')
}

/** Mode and object by path, without the folder of the spec. */
function entriesOf(root, tree) {
  const listed = execFileSync('git', ['ls-tree', '-r', '-z', tree], { cwd: root, encoding: 'latin1' })
  const entries = listed.split('\0').filter(Boolean)
  return new Map(
    entries
      .map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, entry.indexOf('\t'))])
      .filter(([path]) => !path.startsWith('.spec/')),
  )
}
