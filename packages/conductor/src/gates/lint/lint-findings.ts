import { stripVTControlCharacters } from 'node:util'

/** What a linter found at a line. */
export interface LintFinding {
  /** As the linter wrote it, without the folder that it ran in. */
  readonly path: string
  readonly line: number
  readonly text: string
}

/** `path:line:column: message`: most linters, and most compilers. `go vet` begins what keeps it from its work with its name. */
const inOneLine = /^(?:\s*|vet: )((?:[A-Za-z]:)?[^\s:()][^:()]*):(\d+)(?::\d+)?(?::| )\s*(\S.*)$/
/** `path(line,column): message`. */
const inBrackets = /^(\S[^()]*)\((\d+),\d+\): (\S.*)$/
/** ` --> path:line:column` below the message: Rust's compiler and what learned from it. */
const withArrow = /^\s*(?:-->|╭─\[|┌─)\s*([^\s:][^:]*):(\d+):\d+/
const message = /^(?:error|warning)(?:\[\S+\])?: .+|^[A-Z]+\d+ .+/
/** A line with a path alone, and below it `line:column  severity  message`. Only a whole path may hold spaces: else it is a sentence. */
const heading = /^(?:\/[^:]*|[^\s:]+)\.\w+$/
const below = /^\s+(\d+):\d+\s+(\S.*)$/

/** Reads what a linter printed; empty where it printed nothing that names a file and a line. `folder`: where it ran. */
export function lintFindings(output: string, folder: string): readonly LintFinding[] {
  const findings: LintFinding[] = []
  const add = (path: string, line: string, text: string): void => {
    findings.push({ path: withoutFolder(path.trim(), folder), line: Number(line), text: text.trim() })
  }
  let headed: string | undefined
  let said = ''
  for (const line of stripVTControlCharacters(output).split(/\r?\n/)) {
    const found = inBrackets.exec(line) ?? inOneLine.exec(line)
    const arrow = withArrow.exec(line)
    const under = below.exec(line)
    if (arrow !== null) add(arrow[1] ?? '', arrow[2] ?? '', said)
    else if (under !== null && headed !== undefined) add(headed, under[1] ?? '', under[2] ?? '')
    else if (found !== null && /[./\\]/.test(found[1] ?? '')) add(found[1] ?? '', found[2] ?? '', found[3] ?? '')
    else if (heading.test(line)) headed = line
    else if (message.test(line)) said = line
    if (line.trim() === '') headed = undefined
  }
  return findings
}

/** A path as it is from the folder that a linter ran in; as it is where it leads out of it. */
export function withoutFolder(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path.replace(/^\.\//, '')
}
