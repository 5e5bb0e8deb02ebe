import { createHash } from 'node:crypto'
import { commitTree, type Oid } from '@nx-conduct/git'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout, SetupFailed } from '../checkouts/setup.ts'
import { notInstalled } from '../dependencies/not-installed.ts'
import { conductIdentity } from '../run/identity.ts'
import type { DerivedCommand, Verdict } from './derived-command.ts'
import type { Check } from './gate-kind.ts'
import type { ProofRequest, ProvingContext } from './proof-request.ts'
import { type CheckOutcome, runGateCommand } from './run-check.ts'

/** What commands in a checkout came to. */
export interface Found extends CheckOutcome {
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  /** Digest of what setup had made in the checkout. */
  readonly setup?: string
  /** The derived commands that ran, as a person calls them. */
  readonly ran?: readonly string[]
  /** The derived command that failed. */
  readonly command?: string
}

type CommandCheck = Extract<Check, { readonly kind: 'command' }>
type DerivedCheck = Extract<Check, { readonly kind: 'derived' }>

/** How a derived command ended once. */
interface Attempt {
  readonly outcome: CheckOutcome
  readonly command?: string
  /** What its end means; undefined where it passed, or could not be judged. */
  readonly verdict?: Verdict
}

/** Runs gates' commands one after the other, each in a checkout that nothing has touched. */
export class GateCommands {
  readonly #context: ProvingContext
  readonly #request: ProofRequest
  #checkout: Checkout | undefined

  constructor(context: ProvingContext, request: ProofRequest) {
    this.#context = context
    this.#request = request
  }

  /**
   * Runs a command, a second time where it fails for no fault of the machine: an agent costs more than a second run of a test. One that does
   * not end is not run again: that would cost its whole time once more.
   */
  async run(check: CommandCheck): Promise<Found> {
    const first = await this.#diagnosed(await this.#once(check), check.command)
    const again = mayBeFlaky(first) ? await this.#once(check) : first
    const flaky = again !== first && again.outcome === 'passed'
    return { ...(flaky ? again : first), flaky, ...this.#setup() }
  }

  /** Runs each command that the tree asks for, also behind one that fails, and reports them as one. */
  async runEach({ commands, keepBytes }: DerivedCheck): Promise<Found> {
    const { workspace, surroundings } = this.#context
    const startedMs = surroundings.clock.monotonicMs()
    const derived = await commands(workspace, this.#request.tree)
    const each: Found[] = []
    for (const command of derived) each.push(await this.#derived(command, keepBytes))
    const failed = each.filter(({ outcome }) => outcome !== 'passed')
    const [worst = { output: '' }] = failed.toSorted((one, other) => rankOf(one) - rankOf(other))
    const { exitCode, command, environmentFault } = 'outcome' in worst ? worst : {}
    return {
      outcome: failed.length === 0 ? 'passed' : 'failed',
      ...(exitCode === undefined ? {} : { exitCode }),
      output: failed.map(({ output }) => output).join('\n\n'),
      outputDigest: digestOf(each.map(({ outputDigest }) => outputDigest).join('\n')),
      durationMs: Math.round(surroundings.clock.monotonicMs() - startedMs),
      flaky: each.some(({ flaky }) => flaky),
      ran: [...new Set(derived.map(({ name }) => name))],
      ...(command === undefined ? {} : { command }),
      ...(environmentFault === undefined ? {} : { environmentFault }),
      ...this.#setup(),
    }
  }

  async close(): Promise<void> {
    await this.#checkout?.release()
    this.#checkout = undefined
  }

  async #once({ command, judge, inspect, keepBytes }: CommandCheck): Promise<CheckOutcome> {
    const checkout = await this.#clean()
    const after = await inspect?.(this.#context.workspace, this.#request.tree, checkout)
    const outcome = await runGateCommand(this.#context, checkout, command, { ...(keepBytes && { keepBytes }) })
    const { exitCode, ...rest } = outcome
    if (after !== undefined && outcome.outcome === 'passed') {
      const why = await after()
      return why === undefined ? outcome : { ...rest, outcome: 'failed', output: why }
    }
    if (judge === undefined || outcome.outcome === 'passed' || exitCode === undefined) return outcome
    const { output, isCut = false } = outcome
    const failed = { exitCode, output, isCut, folder: checkout.directory }
    const why = await judge(this.#context.workspace, this.#request.tree, failed)
    return why === undefined ? { ...rest, outcome: 'passed' } : { ...outcome, output: why }
  }

  async #derived(derived: DerivedCommand, keepBytes: number | undefined): Promise<Found> {
    const first = await this.#attempt(derived, await this.#clean(), keepBytes)
    const isOdd = mayBeFlaky(first.outcome)
    const again = isOdd ? await this.#attempt(derived, await this.#clean(), keepBytes) : first
    const flaky = isOdd && again.outcome.outcome === 'passed'
    const { outcome, command, verdict } = flaky ? again : first
    const heading = `${derived.name}:${command === undefined || command.length > longestShown ? '' : `\n$ ${command}`}`
    const found: Found = {
      ...outcome,
      output: `${heading}\n${outcome.output}`,
      flaky,
      ...this.#setup(),
      ...(command === undefined ? {} : { command }),
    }
    if (verdict?.kind !== 'unable' || !(await this.#wasUnable(derived, keepBytes))) return found
    return { ...found, environmentFault: verdict.ifBefore }
  }

  async #attempt(derived: DerivedCommand, checkout: Checkout, keepBytes: number | undefined): Promise<Attempt> {
    const command = await derived.command(this.#context, checkout)
    if (typeof command !== 'string') {
      const { what } = command
      return {
        outcome: {
          outcome: 'failed',
          output: what,
          outputDigest: digestOf(what),
          durationMs: 0,
          environmentFault: command,
        },
      }
    }
    const ended = await runGateCommand(this.#context, checkout, command, { ...(keepBytes && { keepBytes }) })
    // What did not start, or was killed, says nothing of the tree.
    const isJudged = ended.exitCode !== undefined || ended.timedOutMs !== undefined
    if (ended.outcome === 'passed' || !isJudged) return { outcome: ended, command }
    const { exitCode, output, isCut = false, timedOutMs } = ended
    const verdict = await derived.judge(this.#context, {
      exitCode,
      output,
      isCut,
      timedOutMs,
      folder: checkout.directory,
    })
    const { exitCode: _, environmentFault: __, ...rest } = ended
    if (verdict.kind === 'passed') return { outcome: { ...rest, outcome: 'passed' }, command, verdict }
    const outcome = { ...rest, output: verdict.output, ...(exitCode === undefined ? {} : { exitCode }) }
    if (verdict.kind === 'fault') return { outcome: { ...outcome, environmentFault: verdict.fault }, command, verdict }
    if (verdict.kind === 'failed') return { outcome, command, verdict }
    const { environmentFault } = await this.#diagnosed(ended, command)
    return { outcome: { ...outcome, ...(environmentFault && { environmentFault }) }, command, verdict }
  }

  /** Whether a command could not do its work on the tree where the phase started either. */
  async #wasUnable(derived: DerivedCommand, keepBytes: number | undefined): Promise<boolean> {
    const before = await derived.before(this.#context.workspace)
    if (before === undefined) return false
    const { workspace, surroundings } = this.#context
    const commit = await commitTree(workspace.repository, {
      tree: before.tree,
      parents: [],
      message: 'What a gate compares with\n',
      author: conductIdentity,
      at: surroundings.clock.now().toISOString(),
    })
    await this.close()
    const checkout = await this.#openBase(commit)
    try {
      const attempt = checkout && (await this.#attempt(before.command, checkout, keepBytes))
      return attempt?.verdict?.kind === 'unable'
    } finally {
      await checkout?.release()
    }
  }

  /** Undefined where nothing can be installed for it: then nothing is known of it. */
  async #openBase(commit: Oid): Promise<Checkout | undefined> {
    try {
      return await openCheckout(this.#context, 'gate', this.#label(), commit)
    } catch (error) {
      if (error instanceof SetupFailed) return undefined
      throw error
    }
  }

  async #diagnosed(outcome: CheckOutcome, command: string): Promise<CheckOutcome> {
    if (outcome.outcome === 'passed' || this.#checkout === undefined) return outcome
    const failed = { command, output: outcome.output }
    const environmentFault = await notInstalled(this.#context, this.#request.tree, this.#checkout, failed)
    return environmentFault === undefined ? outcome : { ...outcome, environmentFault }
  }

  /** The checkout without anything that a command left in it, or another one where that cannot be had. */
  async #clean(): Promise<Checkout> {
    const earlier = this.#checkout
    if (earlier !== undefined) {
      const setup = earlier.setup
      if ((await earlier.renew()) && earlier.setup === setup) return earlier
      await earlier.release()
    }
    this.#checkout = await openCheckout(this.#context, 'gate', this.#label(), this.#request.commit)
    return this.#checkout
  }

  #label(): string {
    return this.#request.place.phase ?? 'final'
  }

  #setup(): Pick<Found, 'setup'> {
    const setup = this.#checkout && this.#context.checkouts.layers.digestIn(this.#checkout)
    return setup === undefined ? {} : { setup }
  }
}

/** Longer commands name many files: nobody types them. */
const longestShown = 400

function mayBeFlaky({ outcome, environmentFault, timedOutMs }: CheckOutcome): boolean {
  return outcome === 'failed' && environmentFault === undefined && timedOutMs === undefined
}

/** What a person has to act on goes first. */
function rankOf({ environmentFault }: CheckOutcome): number {
  return environmentFault === undefined ? 1 : 0
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
