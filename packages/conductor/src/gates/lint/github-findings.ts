import { stripVTControlCharacters } from 'node:util'
import { type LintFinding, withoutFolder } from './lint-findings.ts'

/** `::error title=lint/x,file=a.js,line=2,endLine=2,col=1,endColumn=9::message`: a command of GitHub's workflows. */
const annotation = /^::(error|warning|notice) ([^\n]*?)::(.*)$/
/** What a linter says of its own configuration is no finding. */
const ofConfiguration = /^(?:deserialize|configuration)\b/

/** Reads what a linter printed for GitHub's workflows. `folder`: where it ran. */
export function githubFindings(output: string, folder: string): readonly LintFinding[] {
  return stripVTControlCharacters(output)
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, severity = '', properties = '', message = ''] = annotation.exec(line) ?? []
      const file = propertyOf(properties, 'file')
      const title = propertyOf(properties, 'title') ?? ''
      if (file === undefined || ofConfiguration.test(title)) return []
      const text = `${severity === 'error' ? '' : `${severity}: `}${title === '' ? '' : `${title}: `}${decoded(message)}`
      return [{ path: withoutFolder(file, folder), line: Number(propertyOf(properties, 'line') ?? 0), text }]
    })
}

/** A path may hold a comma that is not written otherwise: a value ends before the next name that is known. */
function propertyOf(properties: string, name: string): string | undefined {
  const names = 'title|file|line|endLine|col|endColumn'
  const value = new RegExp(`(?:^|,)${name}=(.*?)(?=,(?:${names})=|$)`).exec(properties)?.[1]
  return value === undefined ? undefined : decoded(value)
}

const escapes: Readonly<Record<string, string>> = { '%0A': ' ', '%0D': '', '%2C': ',', '%3A': ':', '%25': '%' }

function decoded(text: string): string {
  return text.replace(/%(?:0A|0D|2C|3A|25)/g, (code) => escapes[code] ?? code)
}
