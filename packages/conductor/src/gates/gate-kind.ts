import type { Oid } from '@nx-conduct/git'
import type { FindingSeverity, Phase, Plan } from '@nx-conduct/spec'
import type { Evidence, RequiredGate } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import type { Workspace } from '../run/workspace.ts'
import type { DerivedCommand } from './derived-command.ts'

/**
 * One kind of check. A new kind is a file in `kinds/` and a line in `registry.ts`.
 *
 * `version` is raised when the same rule would be judged in another way: evidence of an older version no longer counts, and
 * steps that rest on it are performed again. It is part of every gate, step key and, through `engineVersion`, of Nx's inputs.
 */
export interface GateKind {
  /** As it is in evidence, e.g. `test`. */
  readonly name: string
  readonly version: number
  /** What of this kind must hold before a phase is complete. */
  required(of: PhaseToProve): readonly GateRule[]
  /** How a rule is checked on a tree. Throws for a rule that this kind never made. */
  check(required: RequiredGate): Check
  /** A rule as a person reads it. */
  describe(rule: string): string
}

export interface PhaseToProve {
  readonly plan: Plan
  readonly phase: Phase
  /** Tree that the phase started from; undefined for a phase that its base holds already, which adds no lines of its own. */
  readonly base: Oid | undefined
}

export type GateRule = Pick<RequiredGate, 'rule' | 'base'>

export type Check =
  /** Passes when nothing is found in the tree. */
  | { readonly kind: 'tree'; readonly findings: (workspace: Workspace, tree: Oid) => Promise<readonly string[]> }
  /**
   * Passes when the command exits with 0 in a clean checkout of the tree, or `judge` says of what it printed that it passes all the same; where
   * there is `inspect`, only if that finds nothing wrong with what the command left.
   */
  | {
      readonly kind: 'command'
      readonly command: string
      readonly judge?: Judge
      readonly inspect?: Inspect
      /** How much of what it prints is kept, if more than usual. */
      readonly keepBytes?: number
    }
  /** Passes when each command does that the tree asks for; where it asks for none, nothing runs. */
  | {
      readonly kind: 'derived'
      readonly keepBytes?: number
      readonly commands: (workspace: Workspace, tree: Oid) => Promise<readonly DerivedCommand[]>
    }
  /** Passes when nothing is found in what other gates came to. Runs nothing. Undefined, and no evidence, where one of them failed. */
  | {
      readonly kind: 'evidence'
      readonly findings: (evidenceOf: EvidenceOf, tree: Oid) => readonly string[] | undefined
    }
  /** Passes when an agent that changes nothing finds nothing that counts. It costs money: all others have to pass first. */
  | { readonly kind: 'agent'; readonly role: JudgeRole; readonly rule: ReviewRule }

/** Roles that judge work. */
export type JudgeRole = 'code-reviewer' | 'security-auditor'

/** What an agent judges, and what it must not find. */
export interface ReviewRule {
  /** The change of one phase, or of all. */
  readonly scope: 'phase' | 'whole'
  /** Digest of what the work was to be. */
  readonly of: string
  /** Findings that are at least so bad fail the gate. */
  readonly fails: FindingSeverity
  /** Criteria that no machine checks, with their phase. */
  readonly criteria: readonly string[]
  /** A criterion that is not found to hold fails the gate; otherwise a person decides. */
  readonly strict: boolean
}

/** Looks again at a command that failed by itself. Returns why it fails all the same, or undefined where it passes. */
export type Judge = (workspace: Workspace, tree: Oid, failed: FailedCommand) => Promise<string | undefined>

/** Reads a checkout before a command runs in it. What it returns reads it again after the command exited with 0. */
export type Inspect = (workspace: Workspace, tree: Oid, checkout: InspectedCheckout) => Promise<AfterCommand>

/** Returns why the command fails all the same, or undefined where it passes. */
export type AfterCommand = () => Promise<string | undefined>

export type InspectedCheckout = Pick<Checkout, 'top' | 'directory' | 'setupMade'>

export interface FailedCommand {
  readonly exitCode: number
  readonly output: string
  /** Whether lines of the output are missing. */
  readonly isCut: boolean
  /** Where it ran: the workspace in a checkout. */
  readonly folder: string
}

/** What a gate came to on a tree, in the environment at hand; undefined where it was not checked. */
export type EvidenceOf = (gate: RequiredGate, tree: Oid) => Evidence | undefined
