import { compile } from '../compile.ts'
import type { Plan } from '../plan.ts'
import { FORMATS, type ForeignPlan, type ForeignSource, type FormatId, type Lost, NotReadable } from './foreign-plan.ts'
import { formats, recogniseFormat } from './formats.ts'
import { differencesBetween } from './round-trip.ts'
import { settle } from './settle.ts'
import { writeSpec } from './write-spec.ts'

/** A plan of another tool as a SPEC.md. */
export interface Imported {
  readonly format: FormatId
  /** The format's name for people. */
  readonly formatName: string
  readonly foreign: ForeignPlan
  /** The text of the SPEC.md. */
  readonly spec: string
  /** What the compiler reads in it. With errors among its findings it must not be run. */
  readonly plan: Plan
  /** What could not be carried over, by line of the file. */
  readonly lost: readonly Lost[]
}

/**
 * Turns a plan of another tool into the text of a SPEC.md: titles and order are kept, done items are marked as done, dependencies are
 * written as declared, and nothing is invented. What the text says is compiled and compared with what was read, and every difference is
 * among `lost`. `format` skips the recognition. Throws `NotReadable` for a file of no known format, and for one that is broken.
 */
export function importPlan(source: ForeignSource, format?: FormatId): Imported {
  const id = format ?? recogniseFormat(source.text, source.name)?.id
  const reader = formats.find((one) => one.id === id)
  if (reader === undefined) {
    throw new NotReadable(
      'the file is of no format that can be imported',
      1,
      `known are: ${Object.values(FORMATS).join(', ')}. A text with phases of its own needs no import: npx nx-conduct compile FILE`,
    )
  }
  const foreign = settle(reader.read(source))
  if (foreign.phases.length === 0) {
    throw new NotReadable(
      `this looks like a ${FORMATS[reader.id]}, but holds no ${UNITS[reader.id]}`,
      1,
      'see whether this is the right file',
    )
  }
  const spec = writeSpec(foreign)
  const plan = compile(spec)
  const lost = [...foreign.lost, ...differencesBetween(foreign, plan)]
  return { format: reader.id, formatName: FORMATS[reader.id], foreign, spec, plan, lost }
}

/** Names of the files beside a plan that its format reads as context. */
export function neighboursOf(format: FormatId): readonly string[] {
  return formats.find(({ id }) => id === format)?.neighbours ?? []
}

const UNITS: Readonly<Record<FormatId, string>> = {
  'spec-kit': 'heading "Phase N: …"',
  kiro: 'numbered item',
  openspec: 'numbered heading',
  'gsd-roadmap': 'heading "Phase N: …" that is not folded away',
  'gsd-plan': 'task',
  'bmad-epics': 'epic with stories',
  'bmad-story': 'story',
  'task-master': 'task',
  'agent-os': 'numbered task',
  superpowers: 'heading "Task N: …"',
  'spec-kitty': 'work package',
  'spec-kitty-package': 'work package',
  bernstein: 'stage',
}
