import type { Findings } from './findings.ts'
import type { Value } from './front-matter.ts'
import type { Settings } from './plan.ts'
import { mapEntries, textValue, wrong } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

/** What somebody may write who means `none`: as a command it would fail in every phase. */
const meansNone = /^(?:off|no|false|disabled?|never)$/i

const wanted = 'a command such as npm run lint, { command, scope }, or none'

/** `lint: npm run lint`, `lint: { command: npm run lint, scope: all }` or `lint: none`. */
export function readLint(value: Value, findings: Findings): Settings['lint'] | undefined {
  if (value.form === 'scalar') {
    if (meansNone.test(value.written.trim())) {
      wrong(value, 'lint', wanted, findings)
      return undefined
    }
    const command = textValue(value, 'lint', findings)
    if (command === 'none') return 'none'
    return command === undefined ? undefined : { command, scope: 'changed' }
  }
  let command: string | undefined
  let scope: 'changed' | 'all' = 'changed'
  const entries = mapEntries(value, 'lint', findings)
  for (const entry of entries ?? []) {
    if (entry.key === 'command') command = textValue(entry.value, 'lint.command', findings)
    else if (entry.key === 'scope') {
      const text = textValue(entry.value, 'lint.scope', findings)
      if (text === 'changed' || text === 'all') scope = text
      else if (text !== undefined) wrong(entry.value, 'lint.scope', '"changed" or "all"', findings)
    } else unknownKey(entry, ['command', 'scope'], findings)
  }
  if (entries !== undefined && !entries.some(({ key }) => key === 'command')) {
    findings.add('wrong-type', value.span, {
      message: 'lint has no command',
      hint: 'add the command that lints, for example command: npm run lint',
    })
  }
  return command === undefined ? undefined : { command, scope }
}
