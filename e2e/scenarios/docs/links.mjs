import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const withoutFences = (text) => text.replace(/^(`{3,})[\s\S]*?^\1$/gm, (fence) => fence.replace(/[^\n]/g, ''))

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text) {
  const seen = new Map()
  return [...withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

/** Links of a page that lead to no file of the repository or to no heading: `line N: TARGET`. */
export function brokenLinks(file, root) {
  const lines = withoutFences(readFileSync(file, 'utf8')).split('\n')
  return lines.flatMap((line, index) =>
    [...line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !leads(target, file, root))
      .map((target) => `line ${index + 1}: ${target}`),
  )
}

function leads(target, file, root) {
  const [path = '', anchor] = target.split('#')
  const to = path === '' ? file : join(dirname(file), path)
  if (relative(root, to).startsWith('..') || !existsSync(to)) return false
  if (anchor === undefined) return true
  return statSync(to).isFile() && anchorsOf(readFileSync(to, 'utf8')).includes(anchor)
}
