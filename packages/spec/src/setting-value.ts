import type { Findings } from './findings.ts'
import type { Entry, Value } from './front-matter.ts'
import { exampleOf } from './setting-example.ts'

/** Readers of single values: each gives the value, or undefined and an error at its place. */
export function textValue(value: Value, key: string, findings: Findings): string | undefined {
  if (value.form === 'scalar' && typeof value.value === 'string' && value.value.trim() !== '') return value.value.trim()
  return wrong(value, key, 'text', findings)
}

export function flagValue(value: Value, key: string, findings: Findings): boolean | undefined {
  if (value.form === 'scalar' && typeof value.value === 'boolean') return value.value
  return wrong(value, key, 'true or false', findings)
}

/** A whole number from `least` to `most`. `2_000_000`, `200k` and `2M` are read as people write them. */
export function countValue(
  value: Value,
  key: string,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  const match = value.form === 'scalar' ? value.written.trim().match(/^(\d[\d_]*(?:\.\d+)?)\s*([kKmM]?)$/) : null
  const unit = match?.[2]?.toLowerCase() === 'm' ? 1_000_000 : match?.[2] ? 1_000 : 1
  const count = match === null ? Number.NaN : Number((match[1] ?? '').replaceAll('_', '')) * unit
  if (Number.isInteger(count) && count >= least && count <= most) return count
  return wrong(value, key, `a whole number from ${least} to ${most}`, findings)
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** A stretch of time such as `90s`, `30m`, `1h30m`, in milliseconds; a day at most seven times over. */
export function timeValue(value: Value, key: string, findings: Findings): number | undefined {
  const text = value.form === 'scalar' && typeof value.value === 'string' ? value.value.trim() : ''
  if (/^(?:\d{1,9}(?:\.\d{1,3})?\s*(?:ms|s|min|m|h|d)\s*)+$/.test(text)) {
    let total = 0
    for (const part of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)/g))
      total += Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0)
    const rounded = Math.round(total)
    if (rounded > 0 && rounded <= 7 * 86_400_000) return rounded
  }
  return wrong(value, key, 'a time with its unit, such as 90s, 30m or 1h30m', findings)
}

const SIZES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 }

/** A size such as `500MB`, `5GB` or `1.5TB`, in bytes; 0 without a unit. */
export function sizeValue(value: Value, key: string, findings: Findings): number | undefined {
  const text = value.form === 'scalar' ? value.written.trim() : ''
  if (text === '0') return 0
  const [, count, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\s?([MGT]B)$/.exec(text) ?? []
  const bytes = Math.round(Number(count) * (SIZES[unit] ?? Number.NaN))
  if (bytes > 0) return bytes
  const hint = `write for example ${key}: 500MB or ${key}: 5GB; ${key}: 0 keeps nothing`
  return wrong(value, key, 'a size with its unit, such as 500MB or 5GB, or 0', findings, hint)
}

/** A list of texts; a single text is a list of one. */
export function textsValue(value: Value, key: string, findings: Findings): readonly string[] | undefined {
  if (value.form === 'list') {
    return value.items.flatMap((item) => {
      const text = item.form === 'scalar' && item.value !== null ? item.written.trim() : textValue(item, key, findings)
      return text === undefined || text === '' ? [] : [text]
    })
  }
  if (value.form === 'scalar' && value.value !== null)
    return value.written.split(/\s*,\s*/).filter((text) => text !== '')
  return wrong(value, key, 'a list of texts', findings)
}

export function mapEntries(value: Value, key: string, findings: Findings): readonly Entry[] | undefined {
  return value.form === 'map' ? value.entries : wrong(value, key, 'a map', findings)
}

/** Reports a value of the wrong kind, or one that is missing behind its key; the hint names what to write. */
export function wrong(value: Value, key: string, wanted: string, findings: Findings, hint?: string): undefined {
  const example = exampleOf(key)
  const absent = value.form === 'scalar' && value.value === null && value.written === ''
  const next = hint ?? (example === undefined ? undefined : `write for example ${example}`)
  findings.add('wrong-type', value.span, {
    message: absent ? `${key} has no value; it has to be ${wanted}` : `${key} has to be ${wanted}, not ${shown(value)}`,
    ...(next === undefined ? {} : { hint: absent ? `${next}, or take the key out` : next }),
  })
  return undefined
}

function shown(value: Value): string {
  if (value.form !== 'scalar') return value.form === 'list' ? 'a list' : 'a map'
  return value.written.trim() === '' ? 'an empty text' : `"${value.written.slice(0, 40)}"`
}
