import { digestOf } from '@nx-conduct/spec'
import type { AppendRequest, EventBody, Lease, RunLog } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { ConductProblem } from '../run/problem.ts'

/** Another process recorded a result first, or took over the lease: this process's write is refused. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** Appends or throws: `ConductProblem` when the log cannot be written, `Superseded` when another process was first. */
export async function recordOrThrow(log: RunLog, request: AppendRequest): Promise<void> {
  const outcome = await log.append(request)
  if (outcome.kind !== 'refused') return
  const { refusal } = outcome
  switch (refusal.reason) {
    case 'stale-fence':
      throw new Superseded(
        `the lease was taken over (fence ${refusal.held} is in force, this process has ${refusal.offered}); the other process continues`,
      )
    case 'illegal':
      throw new ConductProblem(
        'log',
        `the run log refused ${request.body.type}: ${refusal.message}`,
        'Check the log with: npx nx-conduct verify-history – then run the same command again; finished steps are kept.',
      )
    case 'unavailable':
      throw new ConductProblem(
        'log',
        `the run log cannot be written: ${refusal.message}`,
        refusal.hint ?? 'Fix that, then run the same command again; finished steps are kept.',
      )
    default:
      return refusal satisfies never
  }
}

export interface RecordOptions {
  readonly commits?: readonly string[]
  readonly lease?: Lease
  readonly operationId?: string
}

/** Records an event of the run, opening the run first. By default the operation id is the digest of what is recorded. */
export async function record(
  { run, log }: Pick<RunContext, 'run' | 'log'>,
  body: EventBody,
  options: RecordOptions = {},
): Promise<void> {
  await run.open()
  await recordOrThrow(log, {
    operationId: options.operationId ?? digestOf(body),
    body,
    ...(options.commits ? { commits: options.commits } : {}),
    ...(options.lease ? { lease: options.lease } : {}),
  })
}
