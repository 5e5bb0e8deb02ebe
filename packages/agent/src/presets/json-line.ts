import { field } from '../tools/result.ts'

/** A line of a JSON stream as an object; undefined for any other line. */
export function objectIn(line: string): object | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    // Not JSON: a warning of the program, or the half of a line.
    return undefined
  }
}

/** The value at a path of keys. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, name) => field(inner, name), value)
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const text = at(value, ...path)
  return typeof text === 'string' ? text : undefined
}

/** A count; 0 where there is none. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const count = at(value, ...path)
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? Math.round(count) : 0
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const list = at(value, ...path)
  return Array.isArray(list) ? list : []
}

/** What a tool was called for, as one line: the command, path or pattern among its arguments. */
export function aboutCall(input: unknown): string {
  for (const name of [
    'command',
    'cmd',
    'file_path',
    'filePath',
    'absolute_path',
    'path',
    'pattern',
    'query',
    'description',
  ]) {
    const text = textAt(input, name)
    if (text !== undefined && text.trim() !== '') return text
  }
  return ''
}
