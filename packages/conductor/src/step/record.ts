import { digestOf } from '@nx-conduct/spec'
import type { AppendRequest, EventBody, Lease, RunLog } from '@nx-conduct/store'
import type { Conduct } from '../run/conduct.ts'
import { ConductProblem } from '../run/problem.ts'

/** Another process recorded a result first, or took over the lease: this one's is refused. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** Appends or throws: a `ConductProblem` when the log cannot be written, `Superseded` when somebody else was first. */
export async function recordOrThrow(log: RunLog, request: AppendRequest): Promise<void> {
  const outcome = await log.append(request)
  if (outcome.kind !== 'refused') return
  const { refusal } = outcome
  switch (refusal.reason) {
    case 'stale-fence':
      throw new Superseded(
        `the lease was taken over (fence ${refusal.held} is in force, ours was ${refusal.offered}); the other process goes on`,
      )
    case 'illegal':
      throw new ConductProblem(
        'log',
        `the run log refused ${request.body.type}: ${refusal.message}`,
        'Look at the run with the target `status` of the spec, and report this.',
      )
    case 'unavailable':
      throw new ConductProblem(
        'log',
        `the run log cannot be written: ${refusal.message}`,
        'Mend that, then run the same command again; finished steps are kept.',
      )
    default:
      return refusal satisfies never
  }
}

/** Records an event of the conduct's run, opening the run first. The operation id is the digest of what is recorded. */
export async function record(
  conduct: Conduct,
  body: EventBody,
  options: { readonly commits?: readonly string[]; readonly lease?: Lease; readonly operationId?: string } = {},
): Promise<void> {
  await conduct.run.open()
  await recordOrThrow(conduct.log, {
    operationId: options.operationId ?? digestOf(body),
    body,
    ...(options.commits ? { commits: options.commits } : {}),
    ...(options.lease ? { lease: options.lease } : {}),
  })
}
