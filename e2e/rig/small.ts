export { smallScore, smallSpec } from './small.mjs'

export interface SmallOptions {
  /** Front matter lines besides name and agent. */
  readonly settings?: string
  /** Milliseconds before each answer of the rehearsed agents. */
  readonly delayMs?: number
  /** Phase 2's code is wrong, and no round of fixing mends it. */
  readonly phase2StaysRed?: boolean
}
