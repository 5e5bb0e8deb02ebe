import type { Oid } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import type { EnvironmentFault } from './environment-fault.ts'

/** What a command that was derived from a tree reads of the run. */
export type DerivingContext = Pick<RunContext, 'plan' | 'workspace'>

/** A command that a check derives from a tree: which one it is depends on what the tree holds and on what is installed beside it. */
export interface DerivedCommand {
  /** As a person calls it: `eslint`, `eslint in packages/a`. */
  readonly name: string
  /** The command for a checkout of the tree, or what a person has to do before there is one. */
  command(context: DerivingContext, checkout: CheckoutFolder): Promise<string | EnvironmentFault>
  /** What it means that the command did not exit with 0. */
  judge(context: DerivingContext, ended: EndedCommand): Promise<Verdict>
  /** The command for the tree that the phase started from, with as little of the phase in it as it takes to run; undefined where nothing asked for it. */
  before(
    workspace: DerivingContext['workspace'],
  ): Promise<{ readonly tree: Oid; readonly command: DerivedCommand } | undefined>
}

export interface CheckoutFolder {
  /** Top of the checkout. */
  readonly top: string
  /** The workspace in it. */
  readonly directory: string
}

export interface EndedCommand {
  /** Undefined where it did not end by itself. */
  readonly exitCode: number | undefined
  readonly output: string
  /** Whether lines of the output are missing. */
  readonly isCut: boolean
  readonly timedOutMs: number | undefined
  /** The workspace in the checkout where it ran. */
  readonly folder: string
}

export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly output: string }
  /** A person has to act: no agent can. */
  | { readonly kind: 'fault'; readonly output: string; readonly fault: EnvironmentFault }
  /** It could not do its work. `ifBefore`: what a person has to do where it could not before the phase either. */
  | { readonly kind: 'unable'; readonly output: string; readonly ifBefore: EnvironmentFault }
