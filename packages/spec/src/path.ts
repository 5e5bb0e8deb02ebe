/** Why a path or glob cannot be one from the workspace's root; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  if (path.length > 400) return `it has ${path.length} characters, 400 are allowed`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'it holds a control character or a backslash'
  if (/^(?:\/|~|[A-Za-z]:)/.test(path)) return "it does not start at the workspace's root"
  const parts = path.split('/')
  if (parts.includes('..')) return 'it leads out of the workspace'
  if (parts.some((part) => part.toLowerCase() === '.git')) return "it names git's own folder"
  if (path.startsWith('-')) return 'it starts with "-", so that programs would take it for an option'
  return undefined
}

/** Whether a word looks like a path or a glob rather than prose. */
export function looksLikePath(word: string): boolean {
  if (word === '' || /[\s"'<>|;`$(),]/.test(word.replace(/\{[^{}\s]*\}/g, ''))) return false
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return false
  if (/[[\]]/.test(word) && !word.includes('/')) return false
  if (word.includes('*')) return /[/.]|^\*\*?$/.test(word)
  if (word.includes('/')) return /[\p{L}\p{N}]/u.test(word) && !/^\d+\/\d+$/.test(word)
  return (
    /^\.?[\p{L}\p{N}_@-][\p{L}\p{N}_@.-]*\.[A-Za-z][A-Za-z0-9]{0,9}$/u.test(word) ||
    KNOWN_FILES.test(word) ||
    /^\.[a-z][a-z0-9._-]+$/.test(word)
  )
}

const KNOWN_FILES =
  /^(?:Dockerfile|Makefile|Justfile|Procfile|README|LICENSE|CHANGELOG|CODEOWNERS|Gemfile|Rakefile|Vagrantfile|Jenkinsfile)$/

/** A path without what does not change its meaning: a leading `./`, a trailing slash. */
export function tidyPath(path: string): string {
  return path.replace(/^(?:\.\/)+/, '').replace(/(?<=.)\/+$/, '')
}
