/** What a person has to deal with: the machine, the spec, or what was there before, is at fault. No agent can fix it. */
export interface EnvironmentFault {
  readonly what: string
  /** What a person has to do; without it, install what is missing. */
  readonly next?: string
}
