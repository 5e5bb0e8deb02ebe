import type { Oid } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import { Aborted } from '../run/problem.ts'
import type { Checkout } from './checkout.ts'
import { decisiveLines } from './decisive-lines.ts'
import { setupKey } from './setup-key.ts'
import type { KeyedSetup } from './setup-layer.ts'
import { recordSetup } from './setup-record.ts'
import type { CheckoutKind } from './slots.ts'

/** The spec's `setup:` failed. `output`: the lines that say why. `exitCode` is undefined where it did not end by itself. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed'
  readonly command: string
  readonly output: string
  readonly exitCode: number | undefined

  constructor(command: string, output: string, exitCode?: number) {
    super(`the setup command \`${command}\` failed`)
    this.command = command
    this.output = output
    this.exitCode = exitCode
  }
}

type SetupContext = Pick<RunContext, 'plan' | 'commands' | 'surroundings' | 'workspace' | 'checkouts'>

/**
 * Takes a checkout of a commit that is ready to be worked in (`label`: by whom): the spec's `setup:` has run there for what the commit asks to be
 * installed, or is skipped with a notice where it has no lockfile. Throws `SetupFailed`, and `Aborted` when the run is being
 * stopped; then nothing is taken.
 */
export async function openCheckout(
  context: SetupContext,
  kind: CheckoutKind,
  label: string,
  commit: Oid,
): Promise<Checkout> {
  const { checkouts, surroundings, plan } = context
  const wanted = await setupKey(context, commit)
  if (wanted === 'no-lockfile') {
    surroundings.report({
      type: 'notice',
      severity: 'info',
      code: 'setup-skipped',
      message: `setup \`${plan.settings.setup}\` skipped: there is no lockfile in the tree yet`,
    })
  }
  const needed = typeof wanted === 'object' ? wanted : undefined
  const checkout = await told(surroundings, label, () => checkouts.take(kind, label, commit, needed?.key))
  try {
    if (needed !== undefined && checkout.setup !== needed.key) {
      const isThere = await checkouts.layers.provide(checkout, needed, () => runSetup(context, checkout, needed))
      if (!isThere) return openCheckout(context, kind, label, commit)
    }
    if (needed !== undefined) await recordSetup(checkout.top, checkout.setupMade)
    return checkout
  } catch (error) {
    await checkout.release()
    throw error
  }
}

/** Reports that a checkout is being made. */
async function told<T>({ report }: SetupContext['surroundings'], label: string, make: () => Promise<T>): Promise<T> {
  report({ type: 'work', kind: 'checkout', what: label, state: 'runs' })
  try {
    return await make()
  } finally {
    report({ type: 'work', kind: 'checkout', what: label, state: 'ended' })
  }
}

async function runSetup(
  { commands, surroundings }: SetupContext,
  checkout: Checkout,
  { command, key }: KeyedSetup,
): Promise<void> {
  const startedMs = surroundings.clock.monotonicMs()
  surroundings.report({ type: 'setup', command })
  const outcome = await commands.run(command, checkout)
  if (outcome.kind === 'aborted') throw new Aborted('setup was stopped')
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
    const exitCode = outcome.kind === 'exited' ? outcome.exitCode : undefined
    const why = outcome.kind === 'not-started' ? outcome.message : decisiveLines(outcome.output)
    throw new SetupFailed(command, why, exitCode)
  }
  const changed = await checkout.keepSetup(key)
  const durationMs = Math.round(surroundings.clock.monotonicMs() - startedMs)
  surroundings.report({ type: 'setup', command, durationMs })
  if (changed.length > 0) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'setup-changed-files',
      message: `setup \`${command}\` changes files of the repository (${changed.join(', ')}): they are put back as they are committed`,
      hint: 'Run the setup command yourself and commit what it changes, or use one that changes nothing, such as npm ci.',
    })
  }
}
