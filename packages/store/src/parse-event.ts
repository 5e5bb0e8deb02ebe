import * as v from 'valibot'
import {
  type Event,
  type EventBody,
  eventBody,
  eventVersion,
  recordedEvent,
  type StepResult,
  stepResult,
} from './event.ts'
import { messageOf } from './message-of.ts'

export type ParsedEvent =
  | { readonly kind: 'event'; readonly event: Event }
  /** Written by another version of nx-conduct. */
  | { readonly kind: 'unknown-version'; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string }

/** Why a body may not be recorded; `undefined` when its shape is right. */
export function formatError(body: EventBody): string | undefined {
  const issue = firstIssue(eventBody, body)
  return issue === undefined ? mismatchIn(body) : bodyError(body.type, v.getDotPath(issue))
}

/** A step's result as it was written to the log or to an artifact; undefined for anything else. */
export function parseStepResult(value: unknown): StepResult | undefined {
  const parsed = v.safeParse(stepResult, value)
  return parsed.success ? parsed.output : undefined
}

/** Reads one recorded event; what comes from a repository is checked before it is used. Fields of newer writers are kept. */
export function parseEvent(json: string): ParsedEvent {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return invalid(`it is not JSON (${messageOf(error)})`)
  }
  if (v.is(recordedEvent, value)) {
    const mismatch = mismatchIn(value.body)
    return mismatch === undefined ? { kind: 'event', event: value } : invalid(mismatch)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid('it is not an object')
  const version = 'version' in value ? value.version : undefined
  if (version !== eventVersion) {
    const message = `it has version ${JSON.stringify(version)}; this nx-conduct reads version ${eventVersion}`
    return { kind: 'unknown-version', message }
  }
  const issue = firstIssue(recordedEvent, value)
  const path = issue && v.getDotPath(issue)
  if (typeof path !== 'string' || !path.startsWith('body.') || !('body' in value)) return invalid(fieldError(path))
  const { body } = value
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined
  return invalid(bodyError(type, path.slice('body.'.length)))
}

function firstIssue(schema: v.GenericSchema, value: unknown): v.BaseIssue<unknown> | undefined {
  return v.safeParse(schema, value, { abortEarly: true }).issues?.[0]
}

/** What no single field shows: a step cannot have another step's result. */
function mismatchIn(body: EventBody): string | undefined {
  return body.type === 'step.accepted' && body.result.step !== body.step
    ? `step.accepted: a step ${body.step} cannot have the result of a step ${body.result.step}`
    : undefined
}

function bodyError(type: unknown, path: string | null): string {
  return path === 'type' ? `there is no event of type ${JSON.stringify(type)}` : `${type}: ${fieldError(path)}`
}

function fieldError(path: string | null | undefined): string {
  return `field ${path ?? '?'} is missing or not what it has to be`
}

function invalid(message: string): ParsedEvent {
  return { kind: 'invalid', message }
}
