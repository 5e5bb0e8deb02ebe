import { createHash } from 'node:crypto'
import type { Phase } from './plan.ts'

/**
 * SHA-256 (64 hex digits) of a value's canonical JSON: keys sorted, no white space, `undefined` members left out, text in Unicode form C.
 * Equal values have equal digests whatever the order of their keys.
 */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC'))
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** What a phase means, in a fixed order of fields; see `sliceOf`. */
export interface Slice {
  readonly title: string
  readonly description: string
  readonly tasks: readonly string[]
  readonly modules: readonly { readonly name: string; readonly paths?: readonly string[] }[]
  readonly testCommands: readonly string[]
  readonly criteria: readonly string[]
  readonly gotchas: readonly string[]
  readonly files: readonly string[]
  readonly allow: readonly string[]
  /** Absent where nothing is generated. */
  readonly generated?: Phase['generated']
}

/**
 * The slice of a phase: what it means, without id, order, dependencies, places in the text, and how it is run (agents, approval).
 * `Phase.digest` is its `digestOf`; `phase.json` holds it. A module that the compiler added is not part of it.
 */
export function sliceOf(phase: Omit<Phase, 'digest'>): Slice {
  return {
    // A title that only repeats the id says nothing, and would change with it.
    title: phase.title === untitled(phase.id) ? '' : phase.title,
    description: phase.description,
    tasks: phase.tasks.map(({ text }) => text),
    modules: phase.modules
      .filter(({ implicit }) => !implicit)
      .map(({ name, paths }) => (paths === undefined ? { name } : { name, paths })),
    testCommands: phase.testCommands.map(({ command }) => command),
    criteria: phase.criteria.map(({ text }) => text),
    gotchas: phase.gotchas,
    files: phase.files,
    allow: phase.allow,
    ...(phase.generated.length === 0 ? {} : { generated: phase.generated }),
  }
}

/** The title of a phase whose heading has none. */
export function untitled(id: string): string {
  return `Phase ${id}`
}
