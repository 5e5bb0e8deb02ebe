/** Applies a function to every string in JSON-like data, keys left alone. */
export function cleanDeep<T>(value: T, clean: (text: string) => string): T
export function cleanDeep(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((each) => cleanDeep(each, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleanDeep(each, clean)]))
}
