import type { Findings } from './findings.ts'
import type { Value } from './front-matter.ts'
import { pathProblem, tidyPath } from './path.ts'
import { mapEntries, textValue } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

/** `setup: npm ci` or `setup: { command: npm ci, inputs: [tools/versions.txt, "scripts/**"] }`. */
export function readSetup(
  value: Value,
  findings: Findings,
): { readonly command: string | undefined; readonly inputs: readonly string[] } | undefined {
  if (value.form === 'scalar') return { command: textValue(value, 'setup', findings), inputs: [] }
  const entries = mapEntries(value, 'setup', findings)
  if (entries === undefined) return undefined
  let command: string | undefined
  let inputs: readonly string[] = []
  for (const entry of entries) {
    if (entry.key === 'command') command = textValue(entry.value, 'setup.command', findings)
    else if (entry.key === 'inputs') inputs = readInputs(entry.value, findings)
    else unknownKey(entry, ['command', 'inputs'], findings)
  }
  if (!entries.some(({ key }) => key === 'command')) {
    findings.add('wrong-type', value.span, {
      message: 'setup has no command',
      hint: 'add the command that installs what is needed, for example command: npm ci',
    })
  }
  return { command, inputs }
}

function readInputs(value: Value, findings: Findings): readonly string[] {
  const items = value.form === 'list' ? value.items : [value]
  return items.flatMap((item) => {
    const path = textValue(item, 'setup.inputs', findings)
    const problem = path === undefined ? undefined : pathProblem(path)
    if (path === undefined) return []
    if (problem === undefined) return [tidyPath(path)]
    findings.add('invalid-path', item.span, {
      message: `"${path.slice(0, 60)}" cannot be an input of setup: ${problem}`,
      hint: "write a path or glob from the workspace's root, such as tools/versions.txt",
    })
    return []
  })
}
