/** What was inspected before a run. */
export type CheckName =
  | 'Node'
  | 'Nx'
  | 'repository'
  | 'spec'
  | 'agents'
  | 'programs'
  | 'dependencies'
  | 'disk'
  | 'run log'
  | 'approval'

/** What a check came to. An error means that the run would fail after agents have worked, so it is not started. */
export type Finding =
  | { readonly severity: 'ok' | 'info'; readonly check: CheckName; readonly message: string }
  | {
      readonly severity: 'warning' | 'error'
      readonly check: CheckName
      readonly message: string
      /** The next command, or the line to write. */
      readonly hint: string
    }
