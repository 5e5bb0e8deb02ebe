import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { NotReadable } from './foreign-plan.ts'

/** A value of YAML or JSON, with its line in the file. */
export interface YamlValue {
  readonly line: number
  /** As text; undefined for a list, a map and nothing. */
  readonly text: string | undefined
  readonly items: readonly YamlValue[]
  readonly keys: readonly string[]
  get(key: string): YamlValue | undefined
  /** The line of a key. */
  keyLine(key: string): number
}

/**
 * Reads YAML or JSON that begins at line `first` of its file. Aliases stay unread, so that a small file stays small. Throws `NotReadable`
 * with the place of the first error.
 */
export function readYamlValue(text: string, first: number, what: string): YamlValue {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: false })
  const lineOf = (offset: number): number => lines.linePos(offset).line + first - 1
  const [error] = document.errors
  if (error !== undefined) {
    throw new NotReadable(
      `${what}: ${error.message.split('\n')[0] ?? ''}`,
      lineOf(error.pos[0]),
      'fix the file, then import it again',
    )
  }
  const readNode = (node: unknown, line: number): YamlValue => {
    const range = (node as { range?: readonly number[] | null } | null)?.range
    const at = range?.[0] === undefined ? line : lineOf(range[0])
    if (isSeq(node)) return value(at, { items: node.items.map((item) => readNode(item, at)) })
    if (!isMap(node)) return value(at, { text: scalarText(node) })
    const entries = new Map<string, { line: number; value: YamlValue }>()
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      const start = (pair.key as { range?: readonly number[] | null } | null)?.range?.[0]
      const keyLine = start === undefined ? at : lineOf(start)
      entries.set(key, { line: keyLine, value: readNode(pair.value, keyLine) })
    }
    return value(at, {
      keys: [...entries.keys()],
      get: (key) => entries.get(key)?.value,
      keyLine: (key) => entries.get(key)?.line ?? at,
    })
  }
  return readNode(document.contents, first)
}

/** A scalar as text; a number as it was written, because `02` and `1.10` are names. */
function scalarText(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}

function value(line: number, given: Partial<YamlValue>): YamlValue {
  return { line, text: undefined, items: [], keys: [], get: () => undefined, keyLine: () => line, ...given }
}

/** A value's items as texts, a single value as one. */
export function textsOf(given: YamlValue | undefined): readonly string[] {
  if (given === undefined) return []
  return [
    ...(given.text === undefined || given.text === '' ? [] : [given.text]),
    ...given.items.flatMap(({ text }) => text ?? []),
  ]
}
