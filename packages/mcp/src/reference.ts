import type { z } from 'zod'
import { objectSchema } from './server.ts'
import type { Tool } from './tool.ts'
import { tools } from './tools/tools.ts'

/** The tools' part of the reference: each with its arguments and its answer, from the schemas. */
export function toolsReference(): string {
  return tools.map(sectionOf).join('\n\n')
}

function sectionOf({ name, description, input, output, annotations, aliases }: Tool): string {
  const is = [
    annotations.readOnlyHint ? 'Changes nothing' : 'Writes',
    ...(annotations.destructiveHint ? ['removes (what exists nowhere else is put on a ref first)'] : []),
    ...(annotations.idempotentHint ? ['the same call again has one effect'] : []),
    ...(annotations.openWorldHint ? ['runs commands of the spec'] : []),
  ]
  const others = Object.entries(aliases).map(([alias, of]) => `\`${alias}\` for \`${of}\``)
  return [
    `### ${name}`,
    '',
    description,
    '',
    `${is.join('; ')}.${others.length === 0 ? '' : ` Also takes ${others.join(', ')}.`}`,
    '',
    '| argument | type | |',
    '|---|---|---|',
    ...rowsOf(objectSchema(input, 'input')),
    '',
    '| answer | type | |',
    '|---|---|---|',
    ...rowsOf(objectSchema(output, 'output')),
  ].join('\n')
}

type Schema = z.core.JSONSchema.JSONSchema

function rowsOf({ properties = {}, required = [] }: Schema): readonly string[] {
  return Object.entries(properties).map(([name, of]) => {
    const optional = required.includes(name) ? '' : ', optional'
    const words = typeof of === 'object' ? (of.description ?? '') : ''
    return `| \`${name}\` | ${typeOf(of)}${optional} | ${cell(words)} |`
  })
}

function typeOf(of: Schema | boolean): string {
  if (typeof of === 'boolean') return 'any'
  const { type, enum: values, items, properties = {} } = of
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ')
  if (type === 'array' && items !== undefined && !Array.isArray(items)) return `list of ${typeOf(items)}`
  if (type === 'object') return `{ ${Object.keys(properties).join(', ')} }`
  return String(type)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
