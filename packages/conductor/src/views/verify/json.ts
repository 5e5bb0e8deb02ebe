import { isObject } from '../../run/json-object.ts'

/** What an entry of the log holds, before anything is known of it. */
export type Json = Readonly<Record<string, unknown>>

/** A text member; empty when there is none. */
export function textOf(of: Json, name: string): string {
  const value = of[name]
  return typeof value === 'string' ? value : ''
}

/** The objects of a list member. */
export function listOf(of: Json, name: string): readonly Json[] {
  const value = of[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The texts of a list member. */
export function textsOf(of: Json, name: string): readonly string[] {
  const value = of[name]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

export function memberOf(of: Json, name: string): Json {
  const value = of[name]
  return isObject(value) ? value : {}
}
