import type { z } from 'zod'
import { Refusal } from './refusal.ts'

/** What a tool accepts. */
export interface Accepts<In extends z.ZodObject> {
  readonly name: string
  readonly input: In
  /** Other names of arguments, by the name that the schema has. */
  readonly aliases: Readonly<Record<string, string>>
}

/**
 * The arguments of a call, by the names that the tool has for them. Throws `Refusal` with every mistake in words; values are not repeated, they
 * may be long or hostile.
 */
export function readArguments<In extends z.ZodObject>(
  { name: tool, input, aliases }: Accepts<In>,
  given: unknown,
): z.output<In> {
  const takes = Object.keys(input.shape)
  const next = `call ${tool} with ${takes.map((each) => (input.shape[each]?.safeParse(undefined).success ? `${each}?` : each)).join(', ')}`
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Refusal(`the arguments of ${tool} are no object`, next)
  }
  const mistakes: string[] = []
  const args: Record<string, unknown> = Object.create(null)
  for (const [key, value] of Object.entries(given)) {
    const name = Object.hasOwn(aliases, key) ? aliases[key] : key
    if (name === undefined || !takes.includes(name))
      mistakes.push(`there is no argument ${JSON.stringify(key.slice(0, 60))}`)
    else if (name in args && args[name] !== value) mistakes.push(`${name} is given twice, with two values`)
    else args[name] = value
  }
  const checked = input.safeParse({ ...args }, { reportInput: true })
  if (!checked.success) mistakes.push(...checked.error.issues.map(wordsOf))
  if (mistakes.length > 0 || !checked.success) throw new Refusal(`${tool}: ${mistakes.join('; ')}`, next)
  return checked.data
}

function wordsOf(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.')
  switch (issue.code) {
    case 'invalid_type':
      return 'input' in issue && issue.input === undefined ? `${at} is missing` : `${at} is no ${issue.expected}`
    case 'too_big':
      return `${at} has more than ${issue.maximum} characters`
    case 'too_small':
      return `${at} is empty`
    default:
      return `${at}: ${issue.message}`
  }
}
