import type { Findings } from './findings.ts'
import type { Entry, Value } from './front-matter.ts'
import type { Price, Prices } from './plan.ts'
import { mapEntries, textValue, wrong } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

const PARTS = ['input', 'output', 'cacheRead', 'cacheWrite'] as const

/**
 * `prices: { claude-sonnet-5-5: { input: 3, output: 15 } }`: what a million tokens of a model cost. `currency` beside the models says in what, by
 * default USD.
 */
export function readPrices(value: Value, findings: Findings): Prices | undefined {
  const entries = mapEntries(value, 'prices', findings)
  if (entries === undefined) return undefined
  let currency = 'USD'
  const models: Record<string, Price> = Object.create(null)
  for (const entry of entries) {
    if (entry.key === 'currency') currency = readCurrency(entry.value, findings) ?? currency
    else {
      const price = readPrice(entry, findings)
      if (price !== undefined) models[entry.key] = price
    }
  }
  return { currency, models }
}

function readCurrency(value: Value, findings: Findings): string | undefined {
  const text = textValue(value, 'prices.currency', findings)
  if (text === undefined || /^\p{L}{1,8}$|^\p{Sc}$/u.test(text)) return text
  return wrong(value, 'prices.currency', 'the name or the sign of a currency', findings)
}

function readPrice({ key, value }: Entry, findings: Findings): Price | undefined {
  const entries = mapEntries(value, `prices.${key}`, findings)
  if (entries === undefined) return undefined
  const given: { -readonly [K in keyof Price]?: Price[K] } = {}
  for (const entry of entries) {
    const part = PARTS.find((one) => one === entry.key)
    if (part === undefined) unknownKey(entry, PARTS, findings)
    else {
      const amount = readAmount(entry.value, `prices.${key}.${part}`, findings)
      if (amount !== undefined) given[part] = amount
    }
  }
  const { input, output, cacheRead = input, cacheWrite = input } = given
  if (input !== undefined && output !== undefined && cacheRead !== undefined && cacheWrite !== undefined) {
    return { input, output, cacheRead, cacheWrite }
  }
  if (!entries.some((entry) => entry.key === 'input') || !entries.some((entry) => entry.key === 'output')) {
    findings.add('wrong-type', value.span, {
      message: `prices.${key} needs a price of input and one of output`,
      hint: 'write what a million tokens cost, for example { input: 3, output: 15 }',
    })
  }
  return undefined
}

function readAmount(value: Value, key: string, findings: Findings): number | undefined {
  const text = value.form === 'scalar' ? value.written.trim() : ''
  if (/^\d{1,7}(?:\.\d{1,6})?$/.test(text)) return Number(text)
  return wrong(value, key, 'what a million tokens cost, such as 3 or 0.25', findings)
}
