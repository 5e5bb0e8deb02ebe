import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoredPaths, openRepository } from '@nx-conduct/git'
import { lockfiles } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { Aborted } from '../run/problem.ts'
import type { Checkout } from './checkout.ts'
import { recordSetup } from './setup-record.ts'

/** The spec's `setup:` failed. No agent is run for it. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed'
  readonly command: string
  readonly output: string

  constructor(command: string, output: string) {
    super(`the setup command \`${command}\` failed`)
    this.command = command
    this.output = output
  }
}

/**
 * Runs the spec's `setup:` in a fresh checkout; skipped with a notice if the tree has no lockfile. Throws `SetupFailed`,
 * and `Aborted` when the run is being stopped.
 */
export async function setUp(
  { plan, commands, surroundings }: Pick<RunContext, 'plan' | 'commands' | 'surroundings'>,
  checkout: Checkout,
): Promise<void> {
  const { setup } = plan.settings
  if (setup === undefined) return
  if (!(await hasAny(checkout.directory, lockfiles))) {
    surroundings.report({
      type: 'notice',
      severity: 'info',
      code: 'setup-skipped',
      message: `setup \`${setup}\` skipped: there is no lockfile in the tree yet`,
    })
    return
  }
  const outcome = await commands.run(setup, checkout)
  if (outcome.kind === 'aborted') throw new Aborted('setup was stopped')
  if (outcome.kind === 'exited' && outcome.exitCode === 0) {
    await recordSetup(checkout.top, await ignoredIn(checkout))
    return
  }
  throw new SetupFailed(setup, outcome.kind === 'not-started' ? outcome.message : outcome.output)
}

/** Ignored files and folders of a checkout. */
async function ignoredIn({ top }: Checkout): Promise<readonly string[]> {
  const opened = await openRepository(top)
  return opened.kind === 'repository' ? ignoredPaths(opened.repository) : []
}

async function hasAny(directory: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    names.map((name) =>
      access(join(directory, name)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
