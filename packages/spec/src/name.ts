import { createHash } from 'node:crypto'

/** Names that Windows keeps for devices, whatever extension follows. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * Why a name cannot be a path, a git ref and an Nx project at once; undefined when it can.
 * A name is ASCII, starts with a letter or digit (or `@` of a scope), and may have path segments.
 */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'it is empty'
  if (name.length > 100) return `it has ${name.length} characters, 100 are allowed`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'it holds a control character'
  const foreign = name.match(/[^ -~]/u)?.[0]
  if (foreign !== undefined) {
    const code = foreign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return `it holds "${foreign}" (U+${code}), which is not ASCII and may look like another letter`
  }
  const bad = name.match(/[^A-Za-z0-9@._/ -]/)?.[0]
  if (bad !== undefined) return `it holds "${bad}"`
  if (name.startsWith('-')) return 'it starts with "-", so that programs would take it for an option'
  if (name.startsWith('/') || name.endsWith('/') || name.includes('//')) return 'a part of its path is empty'
  for (const part of name.split('/')) {
    if (part.includes('..') || part === '.') return 'it holds ".." or "."'
    if (/^[. ]/.test(part)) return `"${part}" starts with a dot or a space`
    if (/[. ]$/.test(part)) return `"${part}" ends with a dot or a space`
    if (/\.lock$/i.test(part)) return 'it ends with ".lock", which git refuses'
    if (DEVICES.test(part)) return `"${part}" is a device name on Windows`
    if (/^-/.test(part)) return `"${part}" starts with "-"`
  }
  return undefined
}

/** Like `nameProblem`, for names used alone, such as a spec's, without path segments or spaces. */
export function plainNameProblem(name: string): string | undefined {
  const problem = nameProblem(name)
  if (problem !== undefined) return problem
  if (name.length > 60) return `it has ${name.length} characters, 60 are allowed`
  const bad = name.match(/[^A-Za-z0-9._-]/)?.[0]
  return bad === undefined ? undefined : `it holds "${bad}"`
}

/**
 * A stable ASCII name for paths, refs and targets: lower case, digits and single hyphens, at most 40 characters.
 * What has no ASCII letters to keep, or is too long, is told apart by a short digest of the whole.
 */
export function slugOf(words: string): string {
  const plain = words
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[øØ]/g, 'o')
    .replace(/[æÆ]/g, 'ae')
    .replace(/[łŁ]/g, 'l')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const lost = /[^\p{ASCII}]/u.test(plain.replace(/[\p{P}\p{S}\p{Z}]/gu, ''))
  if (!lost && slug !== '' && slug.length <= 40) return DEVICES.test(slug) ? `${slug}-${shortDigest(words)}` : slug
  const kept = slug.slice(0, 32).replace(/-+$/, '')
  return kept === '' ? `x-${shortDigest(words)}` : `${kept}-${shortDigest(words)}`
}

function shortDigest(words: string): string {
  return createHash('sha256').update(words.normalize('NFC')).digest('hex').slice(0, 6)
}
