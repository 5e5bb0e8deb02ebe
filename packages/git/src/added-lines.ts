import type { Oid, Repository } from './contract.ts'
import { placeOf, withoutIndex } from './place.ts'
import { git } from './process/index.ts'

export interface AddedLine {
  readonly path: string
  /** Line number in the newer tree, from 1. */
  readonly line: number
  readonly text: string
}

/** The lines that `to` has and `from` has not, of all text files, in path order. Binary files have none. */
export async function* addedLines(repo: Repository, from: Oid, to: Oid): AsyncGenerator<AddedLine, void, void> {
  if (from === to) return
  const { stdout } = await git(withoutIndex(placeOf(repo)), [
    'diff-tree',
    '-r',
    '-p',
    '--unified=0',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--src-prefix=a/',
    '--dst-prefix=b/',
    from,
    to,
  ])
  let path: string | undefined
  let line = 0
  let inHunk = false
  for (const text of stdout.split('\n')) {
    if (text.startsWith('diff --git ')) {
      inHunk = false
      path = undefined
    } else if (!inHunk && text.startsWith('+++ ')) {
      path = pathOf(text.slice(4))
    } else if (text.startsWith('@@ ')) {
      inHunk = true
      line = Number(/\+(\d+)/.exec(text)?.[1] ?? 0)
    } else if (inHunk && text.startsWith('+') && path !== undefined) {
      yield { path, line, text: text.slice(1) }
      line += 1
    }
  }
}

/** `b/src/a.ts`, or the same in quotes with C escapes; undefined for `/dev/null`. */
function pathOf(field: string): string | undefined {
  const name = field.replace(/\t$/, '')
  const plain = name.startsWith('"') ? unquote(name.slice(1, -1)) : name
  return plain.startsWith('b/') ? plain.slice(2) : undefined
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

function unquote(text: string): string {
  const bytes: number[] = []
  const encoder = new TextEncoder()
  for (let at = 0; at < text.length; ) {
    const octal = /^\\([0-7]{3})/.exec(text.slice(at, at + 4))?.[1]
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8))
      at += 4
    } else if (text[at] === '\\') {
      const next = text[at + 1] ?? ''
      bytes.push(...encoder.encode(escapes[next] ?? next))
      at += 2
    } else {
      const point = String.fromCodePoint(text.codePointAt(at) ?? 0)
      bytes.push(...encoder.encode(point))
      at += point.length
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes))
}
