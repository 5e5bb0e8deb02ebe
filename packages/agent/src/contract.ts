/** Limits of one agent session. */
export interface SessionBudget {
  readonly turns: number
  readonly tokens: number
  readonly wallMs: number
}

/** A coding agent whose program the driver `command` knows how to call. */
export type PresetName = 'claude' | 'codex' | 'gemini' | 'opencode' | 'aider' | 'cursor-agent' | 'copilot'

/** Which driver plays the role and how. */
export interface AgentChoice {
  readonly driver: 'anthropic' | 'command'
  readonly preset?: PresetName
  readonly model?: string
  /** A command line; beside a preset, what stands for the name of its program. */
  readonly command?: string
}

export type AgentRole =
  | 'implementation-executor'
  | 'fix-executor'
  | 'code-reviewer'
  | 'synthesis-architect'
  | 'security-auditor'

/** All an agent is told; the prompt is made of this and nothing else. */
export interface Assignment {
  readonly role: AgentRole
  readonly spec: string
  /** The spec's sections outside the phases, in order. */
  readonly context: readonly { readonly title: string; readonly markdown: string }[]
  readonly phase: {
    readonly id: string
    readonly title: string
    readonly description: string
    readonly tasks: readonly string[]
    readonly modules: readonly string[]
    readonly testCommands: readonly string[]
    readonly criteria: readonly string[]
    readonly gotchas: readonly string[]
    readonly files: readonly string[]
    /** Files that commands make: they are never written by hand. */
    readonly generated: readonly { readonly globs: readonly string[]; readonly command: string }[]
  }
  /** Absent for roles that work on the whole phase. */
  readonly module?: {
    readonly name: string
    readonly paths: readonly string[]
    readonly foreignPaths: readonly string[]
  }
  /** Reports of modules and phases that this work is based on. */
  readonly reports: readonly { readonly of: string; readonly text: string }[]
  /** What failed, for fix-executor: the command or rule and its output (bounded). */
  readonly failure?: {
    readonly gate: string
    readonly rule: string
    readonly output: string
    readonly round: number
    readonly rounds: number
    /** What the phase has changed so far, as a patch, bounded. */
    readonly patch: string
    /** The rounds before this one: what each agent said, and what became of its work. */
    readonly earlier: readonly { readonly round: number; readonly said: string; readonly outcome: string }[]
  }
  /** What is judged, for code-reviewer and security-auditor. */
  readonly review?: {
    /** The phase alone, or everything that the spec asks for. */
    readonly scope: 'phase' | 'whole'
    /** Object id that the work is compared with: `git diff BASE` shows the whole change. */
    readonly base: string
    /** Paths that the work changed. */
    readonly changed: readonly string[]
    /** The change as a patch, bounded. */
    readonly patch: string
    /** Criteria that no machine checks. */
    readonly criteria: readonly string[]
    /** Why an earlier verdict on the same tree could not be used. */
    readonly earlier?: string
  }
  /** What conflicts, for synthesis-architect. */
  readonly conflict?: {
    readonly files: readonly ConflictingFile[]
    readonly between: readonly string[]
    readonly messages: string
    /** Why the work of the session before this one, which is in the worktree, was refused. */
    readonly refused?: readonly string[]
  }
}

/** A path in conflict. */
export interface ConflictingFile {
  readonly path: string
  readonly hasMarkers: boolean
  /** What each side has there, and the base, where markers do not show it. */
  readonly versions: readonly { readonly of: string; readonly has: string }[]
}

export interface AgentReport {
  readonly built: string
  readonly tests: string
  readonly issues: readonly string[]
}

export type FindingSeverity = 'critical' | 'major' | 'minor'

/** A line that a claim is about; counted from 1. */
export interface Citation {
  readonly file: string
  readonly line: number
}

export interface Finding extends Citation {
  readonly severity: FindingSeverity
  readonly what: string
  readonly why: string
  readonly suggestion: string
}

/** What a reviewer says of a criterion, and the lines that show it. `criterion`: its number, from 1. */
export interface CriterionVerdict {
  readonly criterion: number
  readonly holds: 'yes' | 'no' | 'unclear'
  readonly why: string
  readonly citations: readonly Citation[]
}

/** What a reviewer or an auditor came to. A claim: nobody has checked that the lines exist. */
export interface Verdict {
  readonly verdict: 'approve' | 'request-changes'
  readonly summary: string
  readonly findings: readonly Finding[]
  readonly criteria: readonly CriterionVerdict[]
}

export interface SessionUsage {
  readonly turns: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** Nobody counted the tokens: the program does not say. */
  readonly uncounted?: 1
}

/** A session that ended without a report or a verdict. */
interface Unfinished {
  readonly usage: SessionUsage
  /** The last lines of a program that mean something to a person. */
  readonly said?: readonly string[]
}

export type SessionOutcome =
  | { readonly kind: 'reported'; readonly report: AgentReport; readonly usage: SessionUsage }
  /** How a session of a code-reviewer or security-auditor ends. */
  | { readonly kind: 'judged'; readonly verdict: Verdict; readonly usage: SessionUsage }
  /** A limit was reached; the changes in the worktree may still be of use. */
  | (Unfinished & { readonly kind: 'limit'; readonly limit: 'turns' | 'tokens' | 'wall' | 'context' })
  | (Unfinished & { readonly kind: 'refused'; readonly message: string })
  | (Unfinished & { readonly kind: 'format'; readonly message: string })
  /** The service or the program could not be used; `retryable` says whether a later try makes sense. */
  | (Unfinished & {
      readonly kind: 'unavailable'
      readonly message: string
      readonly hint: string
      readonly retryable: boolean
    })
  | { readonly kind: 'aborted'; readonly usage: SessionUsage }

/** What a person who watches sees of a session. */
export type SessionProgress =
  | { readonly type: 'turn'; readonly turn: number; readonly usage: SessionUsage; readonly summary: string }
  | { readonly type: 'tool'; readonly name: string; readonly summary: string }
  /** What a program said or did last; at most once a second. */
  | { readonly type: 'said'; readonly summary: string; readonly usage: SessionUsage }
  /** An entry of the transcript could not be written; the session continues without it. */
  | { readonly type: 'transcript-lost'; readonly file: string; readonly why: string }
  | { readonly type: 'retry'; readonly attempt: number; readonly waitMs: number; readonly why: string }

export interface SessionRequest {
  readonly assignment: Assignment
  readonly agent: AgentChoice
  readonly budget: SessionBudget
  /** The worktree; tools cannot leave it. */
  readonly directory: string
  /** Absolute paths that must stay unwritable for the agent; those inside `directory` are protected by the tools as well. */
  readonly readOnly: readonly string[]
  /** JSON lines, appended at every turn; survives a crash. Redacted. */
  readonly transcriptFile: string
  /** Where the Messages API is, and the key. Never reaches a command. */
  readonly api?: { readonly baseURL?: string; readonly apiKey?: string; readonly authToken?: string }
  /** Environment that commands of the agent see, already filtered. */
  readonly env: Readonly<Record<string, string>>
  /** What an agent that is a program gets beside that: the variables of its preset, its own key among them. */
  readonly ownEnv?: Readonly<Record<string, string>>
  /** Literal secrets that are redacted wherever text leaves the session. */
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress: (progress: SessionProgress) => void
}

export interface CommandRequest {
  /** Run by `bash -c`. */
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly stdin?: string
  /** A folder in which only this command works: a process without a terminal that is still at work there afterwards is ended with it. */
  readonly ownFolder?: string
  /** Bytes of output kept: head and tail; what is between is counted, not kept. */
  readonly keepBytes?: number
  readonly signal?: AbortSignal
  readonly secrets?: readonly string[]
  readonly onOutput?: (text: string) => void
}

export type CommandOutcome = {
  /** Standard output and error in order of arrival, bounded and redacted. */
  readonly output: string
  readonly elidedBytes: number
  /** SHA-256 of everything that was printed, elided bytes included. */
  readonly outputDigest: string
  readonly durationMs: number
} & (
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'not-started'; readonly message: string }
)

export type SandboxMode = 'none'
