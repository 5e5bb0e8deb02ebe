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
  const problems = []
  const ended = await integrateRow(row, folder)
  if (values.show) console.log(ended.text)
  if (row.refused !== undefined) problems.push(...problemsOfRefusal(row, ended))
  else if (ended.tree === undefined) problems.push('it did not merge')
  else problems.push(...problemsOfTree(row, ended), ...problemsOfConflict(row, ended), ...lostIn(ended))
  for (const said of row.says ?? []) if (!said.test(ended.text)) problems.push(`nothing says ${said}`)
  for (const said of row.saysNot ?? []) if (said.test(ended.text)) problems.push(`something says ${said}`)
  tally.ended(row.name, problems, ended.text)
  if (!values.keep) await rm(folder, { recursive: true, force: true })
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

/** What a script makes of a tree, by git alone. */
function treeAfter(root, tree, script) {
  const folder = join(root, '..', 'expected')
  const options = { cwd: folder, env: { ...process.env, GIT_DIR: join(root, '.git'), GIT_WORK_TREE: folder } }
  execFileSync('mkdir', [folder])
  options.env.GIT_INDEX_FILE = join(root, '..', 'expected.index')
  execFileSync('git', ['read-tree', tree], options)
  execFileSync('git', ['checkout-index', '--all'], options)
  execFileSync('bash', ['-ec', script], { cwd: folder })
  execFileSync('git', ['add', '--all'], options)
  return execFileSync('git', ['write-tree'], { ...options, encoding: 'utf8' }).trim()
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
