import * as v from 'valibot'
import { type Event, type EventBody, envelope, eventBody, eventVersion } from './event.ts'

export type ParsedEvent =
  | { readonly kind: 'event'; readonly event: Event }
  /** Written by another version of nx-conduct. */
  | { readonly kind: 'unknown-version'; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string }

/** Why a body may not be recorded; `undefined` when its shape is right. */
export function formatError(body: EventBody): string | undefined {
  const checked = v.safeParse(eventBody, body, { abortEarly: true })
  if (!checked.success) return `${String(body.type)}: ${issueText(checked.issues[0])}`
  if (body.type === 'step.accepted' && body.result.step !== body.step)
    return `step.accepted: a step ${body.step} cannot have the result of a step ${body.result.step}`
  return undefined
}

/** Reads one recorded event; what comes from a repository is checked before it is used. */
export function parseEvent(json: string): ParsedEvent {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return { kind: 'invalid', message: `it is not JSON (${error instanceof Error ? error.message : error})` }
  }
  const header = v.safeParse(v.object({ version: v.unknown(), body: v.unknown() }), value)
  if (!header.success) return { kind: 'invalid', message: issueText(header.issues[0]) }
  if (header.output.version !== eventVersion) {
    return {
      kind: 'unknown-version',
      message: `it has version ${JSON.stringify(header.output.version)}; this nx-conduct reads version ${eventVersion}`,
    }
  }
  const around = v.safeParse(envelope, value, { abortEarly: true })
  if (!around.success) return { kind: 'invalid', message: issueText(around.issues[0]) }
  // Fields that a newer writer added are kept: the checked value is returned, not a copy of the known fields.
  const event = value as Event
  const problem = formatError(event.body)
  return problem === undefined ? { kind: 'event', event } : { kind: 'invalid', message: problem }
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue)
  return field === null
    ? `expected ${issue.expected ?? 'another value'}, got ${issue.received}`
    : `field ${field} is missing or not what it has to be`
}
