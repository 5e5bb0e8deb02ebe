/** The plan formats of other tools that can be turned into a SPEC.md. */
export const FORMATS = {
  'spec-kit': 'spec-kit tasks.md',
  kiro: 'Kiro tasks.md',
  openspec: 'OpenSpec tasks.md',
  'gsd-roadmap': 'GSD ROADMAP.md',
  'gsd-plan': 'GSD PLAN.md',
  'bmad-epics': 'BMAD epics',
  'bmad-story': 'BMAD story',
  'task-master': 'task-master tasks.json',
  'agent-os': 'agent-os tasks.md',
  superpowers: 'superpowers plan',
  'spec-kitty': 'spec-kitty work packages',
  'spec-kitty-package': 'spec-kitty work package prompt',
  bernstein: 'bernstein plan.yaml',
} as const

export type FormatId = keyof typeof FORMATS

/** A piece of work inside a phase. */
export interface ForeignTask {
  /** One line of Markdown. */
  readonly text: string
  /** Markdown that belongs to it, without indentation; empty for none. */
  readonly below: string
  readonly done: boolean
  /** The sub-heading that it was listed under, if there was one. */
  readonly group?: string
  readonly line: number
}

/** What another tool's plan says about one phase. All texts are Markdown. */
export interface ForeignPhase {
  readonly id: string
  /** The heading's words, with the brackets and marks behind them. */
  readonly title: string
  /** `previous`: the plan declares nothing, and its tool works from top to bottom. */
  readonly dependsOn: 'previous' | readonly string[]
  /** Blocks of text that are no field. */
  readonly text: readonly string[]
  readonly tasks: readonly ForeignTask[]
  readonly testCommands: readonly string[]
  readonly criteria: readonly string[]
  readonly gotchas: readonly string[]
  readonly files: readonly string[]
  /** Marked as done as a whole, in a place other than its tasks. */
  readonly done: boolean
  readonly line: number
}

/** Something that has no place in a SPEC.md. */
export interface Lost {
  /** Lines of the file, from 1, in order. */
  readonly lines: readonly number[]
  readonly what: string
  /** What became of it, and what a person can do. */
  readonly instead: string
}

/** Another tool's plan, as far as a SPEC.md can say it. */
export interface ForeignPlan {
  readonly format: FormatId
  /** The document's own title; empty where it has none. */
  readonly title: string
  /** Markdown outside the phases, in order. */
  readonly context: readonly string[]
  readonly phases: readonly ForeignPhase[]
  readonly lost: readonly Lost[]
}

/** The file that is read, and what is known of its surroundings. */
export interface ForeignSource {
  readonly text: string
  /** The file's name without its folder. */
  readonly name: string
  /** Texts of files in the same folder, by name; only those that a format asks for are looked at. */
  readonly beside: ReadonlyMap<string, string>
  /** Of several lists in one file, the one to take. */
  readonly tag?: string
}

/** One format: how its files are recognised and read. */
export interface Format {
  readonly id: FormatId
  /** How surely a text is of this format: 0 (not at all) to 1. Reads the text by its marks alone, in time that grows with it. */
  recognise(text: string, name: string): number
  /** Names of files beside it that are read as context. */
  readonly neighbours: readonly string[]
  /** Reads a file. Throws `NotReadable` for one that is broken. */
  read(source: ForeignSource): ForeignPlan
}

/** A file of another tool that cannot be read. */
export class NotReadable extends Error {
  override readonly name = 'NotReadable'
  readonly line: number
  readonly hint: string

  constructor(message: string, line: number, hint: string) {
    super(message)
    this.line = line
    this.hint = hint
  }
}
