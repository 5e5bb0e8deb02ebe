import { execFileSync } from 'node:child_process'

/**
 * What a module added and neither the merged tree nor a notice has: lines, of binary files and submodules the whole content. It
 * is written apart from the conductor's own check, on git's difference of the trees.
 */
export function lostIn({ root, startTree, modules, tree, notices }) {
  const of = (from, to) => changesOf(root, from, to)
  const kept = of(startTree, tree)
  const keptText = kept.flatMap(({ after }) => linesOf(root, after) ?? []).map(plain)
  const keptLines = new Set(keptText)
  const keptObjects = new Set(kept.map(({ after }) => after.oid))
  const lost = []
  for (const { module, tree: made } of modules) {
    const changes = of(startTree, made)
    // What was moved is not new.
    const known = new Set(changes.flatMap(({ before }) => linesOf(root, before) ?? []))
    for (const { path, after } of changes) {
      if (after.mode === '000000') continue
      const lines = linesOf(root, after)
      const named = notices.includes(Buffer.from(path, 'latin1').toString('utf8'))
      if (lines === undefined) {
        if (!keptObjects.has(after.oid) && !named) lost.push(`${path} of module ${module} is lost`)
        continue
      }
      for (const line of lines.filter((each) => /[A-Za-z0-9]/.test(each) && !known.has(each))) {
        const isKept =
          keptLines.has(line) ||
          keptText.some((other) => other.includes(plain(line)) || words(other).includes(words(line)))
        if (!isKept && !named) lost.push(`${path}: the line ${JSON.stringify(line)} of module ${module} is lost`)
      }
    }
  }
  return lost
}

function plain(line) {
  return line.replaceAll(/\s+/g, ' ').trim()
}

function words(line) {
  return ` ${(line.match(/\w+/g) ?? []).join(' ')} `
}

function changesOf(root, from, to) {
  const listed = git(root, 'diff-tree', '-r', '-z', '--no-renames', from, to)
  const fields = listed.split('\0').filter(Boolean)
  return Array.from({ length: fields.length / 2 }, (_, at) => {
    const [fromMode, toMode, fromOid, toOid] = fields[at * 2].slice(1).split(' ')
    const path = fields[at * 2 + 1]
    return { path, before: { mode: fromMode, oid: fromOid }, after: { mode: toMode, oid: toOid } }
  }).filter(({ path }) => !path.startsWith('.spec/'))
}

/** Undefined for what has no lines. */
function linesOf(root, { mode, oid }) {
  if (mode === '000000') return []
  if (mode === '160000') return undefined
  const content = git(root, 'cat-file', 'blob', oid)
  return content.includes('\0') ? undefined : content.split('\n').map(plain)
}

function git(root, ...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'latin1', maxBuffer: 2 ** 28 })
}
