import type { EventBody } from './event.ts'

/** A commit that an event accepts, with the tree that the event claims for it, if it claims one. */
export interface AcceptedCommit {
  readonly commit: string
  readonly tree?: string
}

/** The commits an event makes part of the run. The log keeps each of them reachable, whatever its writer asked for. */
export function acceptedWork(body: EventBody): readonly AcceptedCommit[] {
  switch (body.type) {
    case 'run.opened':
      return [{ commit: body.base }, { commit: body.plan }]
    case 'step.accepted':
      return [{ commit: body.result.commit, tree: body.result.tree }]
    case 'agent.finished':
      if (body.commit === undefined) return []
      return [{ commit: body.commit, ...(body.tree === undefined ? {} : { tree: body.tree }) }]
    case 'phase.complete':
      return [{ commit: body.commit, tree: body.tree }]
    case 'finalize.started':
      return [{ commit: body.to }]
    case 'run.finalized':
      return [{ commit: body.to, tree: body.tree }]
    default:
      return []
  }
}
