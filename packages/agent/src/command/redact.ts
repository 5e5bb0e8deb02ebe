const mark = '[redacted]'

/** Shorter literals are part of ordinary words; to redact them would wreck a text and hide nothing. */
const shortestLiteral = 4

/** Characters that one character of a secret takes at most in any of its forms. */
export const longestForm = 9

/** Longest text a pattern can match that a cut through it would leave readable; see `Capture`. */
export const longestPattern = 4096

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,4000}?-----END [A-Z ]*PRIVATE KEY-----/g, mark],
  [/\bsk-ant-[\w-]{8,}/g, mark],
  [/\bsk-(?=[\w-]*\d)[\w-]{20,}/g, mark],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/g, mark],
  [/\bgithub_pat_\w{20,}/g, mark],
  [/\bnpm_[A-Za-z0-9]{30,}/g, mark],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, mark],
  [/\b(authorization["']?\s*[:=]\s*["']?\w+\s+)[\w.~+/=-]{6,}/gi, `$1${mark}`],
  [/\b(bearer\s+)(?:(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{24,})/gi, `$1${mark}`],
  // Up to the last "@" of the word: a password that was not encoded may hold "/" and "@". A port is no password.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,200}):(?!\d{1,5}[/?#])[^\s"'<>]{1,500}@/gi, `$1:${mark}@`],
]

/**
 * Replaces secrets in a text by `[redacted]`: the given literals (also percent-encoded, or as in JSON) and what has the form of a
 * known kind of key (Anthropic, OpenAI, GitHub, npm, AWS, bearer tokens, private keys, passwords in URLs).
 * Literals under four characters are left alone. Idempotent.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const literal of literals(secrets)) clean = clean.replaceAll(literal, mark)
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean
}

/** The same for every string inside JSON-like data, keys included. */
export function redactDeep<T>(value: T, secrets: readonly string[]): T
export function redactDeep(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets)
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, secrets))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redact(key, secrets), redactDeep(item, secrets)]),
  )
}

/** Longest first: a secret that contains another one is replaced whole. */
function literals(secrets: readonly string[]): readonly string[] {
  const usable = secrets.filter((secret) => secret.length >= shortestLiteral)
  // Output travels by lines: the long lines of a secret of many are secret each.
  const lines = usable.flatMap((secret) => secret.split(/\r?\n/).filter((line) => line.length >= 4 * shortestLiteral))
  const forms = [...usable, ...lines].flatMap(formsOf)
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** A secret may be printed inside a URL or inside JSON. */
function formsOf(secret: string): readonly string[] {
  const quoted = JSON.stringify(secret).slice(1, -1)
  // A lone surrogate has no percent-encoding.
  if (/\p{Surrogate}/u.test(secret)) return [secret, quoted]
  const encoded = encodeURIComponent(secret)
  return [secret, quoted, encoded, encoded.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]
}
