import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '@nx-conduct/agent'
import { builtFile, type Phase, type Plan } from '@nx-conduct/spec'
import { commandEnvironment } from '../checkouts/commands.ts'
import { secretsOf } from './secrets.ts'

export type TestOutcome =
  /** The working files do not hold the phase yet: nothing was run. */
  | { readonly kind: 'not-built' }
  | { readonly kind: 'no-command' }
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'failed'
      readonly command: string
      readonly output: string
      readonly exitCode: number | undefined
    }

export interface TestPhaseOptions {
  readonly root: string
  readonly specFolder: string
  readonly plan: Plan
  readonly phase: Phase
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly onOutput: (text: string) => void
}

/** Runs a phase's test commands on the user's current files. Calls no agent and writes nothing. */
export async function testPhase(options: TestPhaseOptions): Promise<TestOutcome> {
  const { root, plan, phase, specFolder } = options
  const built = await readFile(join(root, builtFile(specFolder, phase.slug)), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    },
  )
  if (built === undefined) return { kind: 'not-built' }
  if (phase.testCommands.length === 0) return { kind: 'no-command' }
  for (const { command } of phase.testCommands) {
    options.onOutput(`$ ${command}\n`)
    const outcome = await runCommand({
      command,
      cwd: root,
      env: { ...commandEnvironment(plan.settings, options.env), NX_DAEMON: 'false' },
      timeoutMs: plan.settings.testTimeoutMs,
      signal: options.signal,
      secrets: secretsOf(plan, options.env),
      onOutput: options.onOutput,
    })
    if (outcome.kind === 'exited' && outcome.exitCode === 0) continue
    const output = outcome.kind === 'not-started' ? outcome.message : outcome.output
    return { kind: 'failed', command, output, exitCode: outcome.kind === 'exited' ? outcome.exitCode : undefined }
  }
  return { kind: 'passed' }
}
