import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The command that makes a folder's first commit, for a person to copy. Installed packages are ignored first where nothing ignores them yet:
 * nobody wants them committed.
 */
export async function firstCommitCommand(root: string): Promise<string> {
  const ignore = (await hasUnignoredPackages(root)) ? "printf '\\nnode_modules\\n' >> .gitignore && " : ''
  return `${ignore}git add -A && git commit -m "Start"`
}

async function hasUnignoredPackages(root: string): Promise<boolean> {
  const hasPackages = await access(join(root, 'node_modules')).then(
    () => true,
    () => false,
  )
  if (!hasPackages) return false
  // What cannot be read ignores nothing: one line too many does no harm.
  const rules = await readFile(join(root, '.gitignore'), 'utf8').catch(() => '')
  return !ignoresPackages(rules)
}

/** Whether the text of a `.gitignore` has a rule for the packages at its root. */
export function ignoresPackages(rules: string): boolean {
  return rules.split('\n').some((line) => /^(?:\/|\*\*\/)?node_modules(?:\/?|\/\*{1,2})\s*$/.test(line))
}
