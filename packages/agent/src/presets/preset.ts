/** A coding agent whose program the driver `command` knows how to call. One file each; the list of them is `presets.ts`. */
export interface Preset {
  /** The program's name on PATH. */
  readonly program: string
  /** The command that installs it, and what a person does to log in. */
  readonly install: string
  readonly login: string
  /** How the prompt reaches it. A file is outside the worktree and removed afterwards; it is for programs that do not read standard input. */
  readonly prompt: 'stdin' | 'file'
  /** Prints its version. */
  readonly version: readonly string[]
  readonly variables: PresetVariables
  /** Files below the home folder that are there after a login. Where the system has a keychain, the login may be there instead. */
  readonly credentialFiles: readonly string[]
  /** Folders that it leaves in its working directory for itself; they are removed after the session. */
  readonly leaves?: RegExp
  /** Arguments for one session without a person: it edits files and runs commands without asking, and streams what it does. */
  arguments(call: PresetCall): readonly string[]
  /** A parser for the output of one session. */
  reader(): StreamReader
  /** Whether its output says how many tokens it used. */
  readonly countsTokens: boolean
  /** The program's own words for failures that a person has to act on; the first that fits counts. */
  readonly failures: readonly KnownFailure[]
}

/** What of the environment reaches the program beside what all commands see. None of it reaches anything else. */
export interface PresetVariables {
  /** Keys and tokens: any of them is a login. Their values are redacted. */
  readonly keys: readonly string[]
  /** Where requests, and with them the keys, are sent: not taken from a `.env` file of the repository. */
  readonly endpoints: readonly string[]
  readonly settings: readonly string[]
  /** Variables that take the value of another one where they are not set. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Set for every session. */
  readonly fixed?: Readonly<Record<string, string>>
}

export interface PresetCall {
  readonly model: string | undefined
  /** The session judges and changes nothing: flags that forbid writing are passed where the program has them. */
  readonly judges: boolean
  /** Most turns, for programs that can be limited. */
  readonly turns: number
  /** The prompt's path, where it is passed as a file. */
  readonly promptFile: string
}

/** Reads a program's output line by line. It holds no more than a message that is not complete yet. */
export interface StreamReader {
  /** What a line says; undefined for a line that is not in the program's format. */
  read(line: string): readonly StreamEvent[] | undefined
}

/** What a program says of its session while it works. */
export type StreamEvent =
  /** Words of the agent. `isPart`: the message goes on with the next event of this kind. */
  | { readonly type: 'text'; readonly text: string; readonly isPart?: true }
  | { readonly type: 'tool'; readonly name: string; readonly about: string }
  /** The words that the session ends with, where the program repeats them. */
  | { readonly type: 'final'; readonly text: string }
  /** `turn`: of one more turn; `session`: of all so far. */
  | { readonly type: 'usage'; readonly of: 'turn' | 'session'; readonly tokens: StreamTokens }
  | { readonly type: 'turns'; readonly turns: number }
  /** The session failed, or will unless the program tries again with success. */
  | { readonly type: 'error'; readonly message: string }
  /** The session succeeded: errors before it were overcome. */
  | { readonly type: 'succeeded' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'turn-limit' }

export interface StreamTokens {
  /** Read without the cache, written, read from the cache, put into it. */
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

export interface KnownFailure {
  readonly words: RegExp
  readonly means: 'not-logged-in' | 'key-refused' | 'rate-limited' | 'no-credit'
}
