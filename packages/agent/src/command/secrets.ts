/**
 * The one list of what is secret in an environment. What it names is kept out of commands' environments (unless the spec names the
 * variable) and out of every text that leaves.
 */
const secretName =
  /key$|keys$|apikey|api_key|token|secret|credential|passw|passphrase|pass$|(?:^|_)(?:pwd|pat|auth|dsn|jwt|cookie|connection_string)$/i

/** Names that the words above fit by accident. */
const harmlessName = /^(?:pwd|oldpwd)$|compass$|bypass$|monkey$|turkey$|hotkeys?$/i

/** Shorter values are ordinary words; to redact them would wreck texts and hide nothing. */
const shortestValue = 8

/** A password inside a URL is told by its place, not by a name, so it may be shorter. */
const shortestPassword = 5

/** A login without a password that is this long is a token; shorter ones are user names such as `git`. */
const shortestLoginToken = 16

const ordinaryValue = /^(?:true|false|null|none|undefined|enabled|disabled|required|optional|default|anonymous)$/i

/** Whether a variable of this name holds a secret. Upper and lower case are the same. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name)
}

/** Whether a text is a URL with a login in it. */
export function hasLogin(value: string): boolean {
  return loginsIn(value, 1).length > 0
}

/**
 * The literal secrets of an environment, and of further URLs such as the spec's `redis.url`: values of variables with a secret's name,
 * and passwords of URLs in any variable, as written and decoded.
 */
export function secretsIn(
  env: Readonly<Record<string, string | undefined>>,
  urls: readonly (string | undefined)[] = [],
): readonly string[] {
  const named = Object.entries(env).flatMap(([name, value = '']) =>
    isSecretName(name) && value.length >= shortestValue && !ordinaryValue.test(value) ? [value] : [],
  )
  const passwords = [...Object.values(env), ...urls].flatMap((value = '') => loginsIn(value, shortestPassword))
  return [...new Set([...named, ...passwords])]
}

const url = /^\s*[a-z][a-z0-9+.-]{0,40}:\/\/(.+)$/is

/** Passwords and tokens of a URL, in each form in which they may appear. */
function loginsIn(value: string, shortest: number): readonly string[] {
  if (value.length > 10_000) return []
  const rest = url.exec(value)?.[1]
  if (rest === undefined) return []
  // A password that was not encoded may hold "@" and "/": its end is then anybody's guess, so each guess is a secret.
  const guesses = [/^[^@/?#]*(?=@)/.exec(rest)?.[0], /^[^\s]*(?=@)/.exec(rest)?.[0]]
  return guesses.flatMap((login = '') => {
    const colon = login.indexOf(':')
    if (colon < 0) return /[/?#]/.test(login) || login.length < shortestLoginToken ? [] : formsOf(login)
    const host = login.slice(0, colon)
    const password = login.slice(colon + 1)
    // `https://example.com:8080/a@b` has a port there.
    if (/[/?#]/.test(host) || /^\d{1,5}[/?#]/.test(password) || password.length < shortest) return []
    return formsOf(password)
  })
}

function formsOf(written: string): readonly string[] {
  try {
    return [written, decodeURIComponent(written)]
  } catch {
    // Not percent-encoded, so it is what it looks like.
    return [written]
  }
}
