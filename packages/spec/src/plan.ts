import type { Advice } from './advice-kinds.ts'
import type { AgentPreset } from './agent-presets.ts'
import type { Allowance } from './allowance.ts'
import type { Diagnostic, Range } from './diagnostic.ts'

/** How an agent is run; front matter `agent:`, refined per role by `agents:`. */
export interface AgentSettings {
  /** `anthropic` (Messages API) or `command` (any CLI that reads a prompt from stdin). */
  readonly driver: 'anthropic' | 'command'
  /** A coding agent that the `command` driver knows how to call. */
  readonly preset?: AgentPreset
  readonly model?: string
  /** The command line of the `command` driver, run by `bash -c`; beside a preset, what stands for the name of its program. */
  readonly command?: string
  /** Workspace-relative path of a score that a local Messages API server plays instead of the network. */
  readonly rehearsal?: string
}

export type Role =
  | 'implementation-executor'
  | 'fix-executor'
  | 'code-reviewer'
  | 'synthesis-architect'
  | 'security-auditor'

/** Limits of one agent session. They never enter a digest. */
export interface Budget {
  readonly turns: number
  readonly tokens: number
  readonly wallMs: number
}

/** What a million tokens of a model cost, by what they are used for. */
export interface Price {
  readonly input: number
  readonly output: number
  /** As input where nothing else is said, and so is `cacheWrite`. */
  readonly cacheRead: number
  readonly cacheWrite: number
}

export interface Prices {
  readonly currency: string
  /** By an agent's model, or where it names none its preset or driver. */
  readonly models: Readonly<Record<string, Price>>
}

export interface Settings {
  readonly agent: AgentSettings
  readonly agents: Readonly<Partial<Record<Role, AgentSettings>>>
  readonly budget: Budget
  /** What agents cost, for the plan and the summary. They never enter a digest. */
  readonly prices?: Prices
  /** Agents side by side; absent = Nx's `parallel`. */
  readonly concurrency?: number
  /** Has run in a checkout before the first agent or gate, where there is something to install. */
  readonly setup?: string
  /** Paths and globs, from the workspace's root, of further files that decide what `setup` makes. */
  readonly setupInputs: readonly string[]
  /** How much of the disk what setups made may take up between runs; 0 keeps nothing. */
  readonly setupCacheBytes: number
  /**
   * A command that every phase's tree has to pass; with `changed`, as far as lines are concerned that the phase added or changed. Absent:
   * the linters that the tree has a configuration for, in those lines; `none`: no linter.
   */
  readonly lint?: 'none' | { readonly command: string; readonly scope: 'changed' | 'all' }
  /** Further gates of the project. */
  readonly gates: readonly ProjectGate[]
  /** When a code-reviewer judges the work. */
  readonly review: Judging
  /** When a security-auditor does. */
  readonly audit: Judging
  /**
   * What becomes of criteria that no machine checks. `judged`: the code-reviewer judges them, and what it cannot decide is left to a person.
   * `people`: all of them are. `strict`: a criterion that the code-reviewer does not find to hold fails the gate.
   */
  readonly criteria: 'judged' | 'people' | 'strict'
  /** How many times a fix-executor is sent in per phase before the phase is escalated. */
  readonly rounds: number
  /** Advice that `lint` leaves out: all of it, or some by name. Absent: none. */
  readonly adviceOff?: 'all' | readonly Advice[]
  readonly failFast: boolean
  /** Whether checkouts are used again for other steps; otherwise each is made anew. */
  readonly pool: boolean
  /** Programs whose `--version` belongs to the environment digest. */
  readonly tools: readonly string[]
  /** Names of environment variables that test commands and agents may see; their values belong to the environment digest. */
  readonly env: readonly string[]
  readonly testTimeoutMs: number
  readonly redis?: { readonly url?: string; readonly mode: 'required' | 'preferred' }
  /** The git remote that is the authority for the run log, instead of the local repository. */
  readonly remote?: string
}

/** How bad a finding is. */
export type FindingSeverity = 'critical' | 'major' | 'minor'

/** When an agent judges work, and from which severity on its findings have to be fixed. */
export interface Judging {
  /** Each phase's change, the change of the whole run, or nothing. */
  readonly when: 'each' | 'final' | 'off'
  readonly severity: FindingSeverity
}

/** A command of the project that has to exit 0 on a tree. */
export interface ProjectGate {
  readonly name: string
  readonly command: string
  /** On every phase's tree and the final one, or on the final one alone. */
  readonly when: 'each' | 'final'
}

/** One section outside the phases, as the agents get it. */
export interface ContextSection {
  readonly title: string
  readonly depth: number
  /** The section's Markdown without its heading. */
  readonly markdown: string
  readonly range: Range
}

export interface Task {
  readonly text: string
  /** A checked box: done by somebody before. */
  readonly checked?: boolean
  readonly range: Range
}

export interface Module {
  readonly name: string
  /** Stable ASCII name, unique in its phase; fit for a path, a ref and an Nx target. */
  readonly slug: string
  /** Globs the module owns, from the workspace's root; absent = not declared. */
  readonly paths?: readonly string[]
  /** True for the module the compiler adds to a phase that declares none. It owns everything. */
  readonly implicit: boolean
  readonly range: Range
}

/** A success criterion, typed as far as it can be checked by machine. */
export type Criterion = { readonly text: string; readonly range: Range } & (
  | { readonly kind: 'path-exists'; readonly globs: readonly string[] }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'file-contains'; readonly path: string; readonly needle: string }
  | { readonly kind: 'serves'; readonly port: number; readonly path?: string; readonly start?: string }
  | { readonly kind: 'tests-pass' }
  | { readonly kind: 'prose' }
)

export interface TestCommand {
  readonly command: string
  readonly range: Range
}

/** Files that a command makes, and that the tree has to hold as the command makes them. */
export interface GeneratedFiles {
  /** Paths and globs from the workspace's root; at least one. */
  readonly globs: readonly string[]
  readonly command: string
}

export interface Phase {
  /** The token as written: `2.1`, `WP01`. */
  readonly id: string
  /** Stable ASCII name for paths, refs and Nx project names; unique in the plan. */
  readonly slug: string
  readonly title: string
  /** Ids of phases, resolved: the phase before it when nothing is declared. */
  readonly dependsOn: readonly string[]
  /** Prose of the phase that is no field (a paragraph under the heading), as Markdown. */
  readonly description: string
  readonly tasks: readonly Task[]
  /**
   * Marked as done by its writer: every task is ticked, or there are none and the heading says that it is finished. It is proven where it
   * starts, and built only if its gates fail there. No part of the digest.
   */
  readonly done: boolean
  readonly modules: readonly Module[]
  readonly testCommands: readonly TestCommand[]
  readonly criteria: readonly Criterion[]
  readonly gotchas: readonly string[]
  /** Paths named under `Files:`; they have to exist when the phase is done. */
  readonly files: readonly string[]
  /** Paths and globs that the phase's test on the user's files depends on; empty where the workspace says it. No part of the digest. */
  readonly inputs: readonly string[]
  /** What is made by commands. */
  readonly generated: readonly GeneratedFiles[]
  /** What the phase is spared, e.g. `TODO`. */
  readonly allow: readonly Allowance[]
  readonly approval: 'none' | 'required'
  readonly agents: Readonly<Partial<Record<Role, AgentSettings>>>
  /** Estimates, status and the like that were stripped from the title. */
  readonly notes: readonly string[]
  readonly range: Range
  /** Digest of the slice: what the phase means, without id, order and dependencies. 64 hex digits. */
  readonly digest: string
}

/** A compiled spec. `phases` is in document order; with an error among `diagnostics` the plan must not be run. */
export interface Plan {
  /** Nx project name of the spec; `spec` by default. */
  readonly name: string
  readonly title: string
  readonly settings: Settings
  readonly context: readonly ContextSection[]
  readonly contextDigest: string
  readonly phases: readonly Phase[]
  readonly diagnostics: readonly Diagnostic[]
}
