import type { Entry } from './entry.ts'
import { areCommands } from './gate-commands.ts'
import type { FieldName } from './label.ts'
import { looksLikePath } from './path.ts'

/**
 * Whether an item with a box is a value of the field whose list it stands in. Where it is none, it is a task: check lists are what there
 * is to do, wherever they stand.
 */
export function fitsField(name: FieldName, entry: Entry): boolean {
  const text = entry.text.replace(/^(?:create|modify|new|add|update|edit|delete|remove|test)\s*:\s*/i, '')
  const [first = ''] = text.split(/\s+/)
  switch (name) {
    case 'tasks':
    case 'criteria':
      return true
    case 'files':
    case 'generated':
    case 'inputs':
      return looksLikePath(first.replace(/[`,:]/g, ''))
    case 'testCommand':
      return areCommands([entry])
    case 'dependsOn':
      return !entry.lines[0]?.inlines.some(({ kind }) => kind === 'mark') || !/:\s/.test(text)
        ? /^(?:\W*)(?:phase|stage|milestone|work ?package|work ?stream|[A-Z]{1,5}-?\d|\d|none\b|n\/a\b)/i.test(text)
        : false
    case 'modules':
      return (
        text
          .replace(/\(.*$|\s[-–—]\s.*$|:\s.*$/s, '')
          .trim()
          .split(/\s+/).length <= 2 && !/^step\b/i.test(text)
      )
    case 'allow':
    case 'approval':
      return text.split(/\s+/).length <= 2
    case 'agents':
      return /^[a-z]+-[a-z]+\s*:/.test(text)
    case 'gotchas':
      return false
  }
}
