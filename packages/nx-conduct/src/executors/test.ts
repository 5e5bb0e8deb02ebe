import { join } from 'node:path'
import { dirname } from 'node:path/posix'
import type { ExecutorContext } from '@nx/devkit'
import { loadPlan, testPhase, withoutSecretsOf } from '@nx-conduct/conductor'
import { phaseFile, printable } from '@nx-conduct/spec'
import { isUnsynced } from '../graph/unsynced.ts'
import { problemText } from '../run/steps.ts'
import { stopOnSignals } from '../run/stop.ts'
import { terminalOutput } from '../run/terminal-output.ts'

/** Runs a phase's test command on the user's files. Calls no agent; a phase not built yet says so and passes. */
export default async function test(
  options: { readonly spec: string; readonly phase: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const stop = stopOnSignals(process)
  const redacted = withoutSecretsOf(process.env)
  const print = (text: string) => process.stdout.write(printable(redacted(text)))
  const output = terminalOutput((text) => process.stdout.write(text))
  try {
    const { plan } = await loadPlan(context.root, options.spec)
    const phase = plan.phases.find(({ slug }) => slug === options.phase)
    if (!phase) {
      print(`✖ there is no phase ${options.phase} in ${options.spec}\n  next      npx nx run ${plan.name}:lint\n`)
      return { success: false }
    }
    const slice = phaseFile(dirname(options.spec), phase.slug)
    if (isUnsynced(phase, join(context.root, slice)))
      print(`! ${slice} is not what the spec says; write it with: npx nx sync\n`)
    const outcome = await testPhase({
      root: context.root,
      specFolder: dirname(options.spec),
      plan,
      phase,
      env: process.env,
      signal: stop.signal,
      onOutput: output.write,
    })
    output.end()
    switch (outcome.kind) {
      case 'not-built':
        print(`phase ${phase.id} is not built here yet; build it with: npx nx run ${plan.name}:conduct\n`)
        return { success: true }
      case 'no-command':
        print(`phase ${phase.id} names no test command\n`)
        return { success: true }
      case 'passed':
        return { success: true }
      case 'failed':
        print(
          `✖ ${outcome.command} ${outcome.exitCode === undefined ? 'did not end by itself' : `exited with ${outcome.exitCode}`}\n`,
        )
        return { success: false }
      default:
        return outcome satisfies never
    }
  } catch (error) {
    print(`${problemText(error)}\n`)
    return { success: false }
  } finally {
    stop.release()
  }
}
