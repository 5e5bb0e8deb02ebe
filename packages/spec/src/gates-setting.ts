import type { Findings } from './findings.ts'
import type { Entry, Value } from './front-matter.ts'
import type { ProjectGate } from './plan.ts'
import { mapEntries, textValue, wrong } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

const KEYS = ['name', 'command', 'when'] as const
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/i

/** `gates: [{ name: types, command: npx tsc --noEmit, when: each }]`, or a map from name to command. */
export function readGates(value: Value, findings: Findings): readonly ProjectGate[] | undefined {
  if (value.form === 'map') {
    const gates = value.entries.map((entry) => gateOf(entry.key, entry.value, entry.keySpan, findings))
    return gates.filter((gate) => gate !== undefined)
  }
  if (value.form !== 'list') return wrong(value, 'gates', 'a list or a map of gates', findings)
  const gates: ProjectGate[] = []
  for (const item of value.items) {
    const gate = listed(item, findings)
    if (gate === undefined) continue
    if (gates.some(({ name }) => name === gate.name)) {
      findings.add('wrong-type', item.span, {
        message: `two gates are called "${gate.name}"`,
        hint: 'give each gate a name of its own',
      })
    } else gates.push(gate)
  }
  return gates
}

function listed(item: Value, findings: Findings): ProjectGate | undefined {
  const entries = mapEntries(item, 'gates', findings)
  if (entries === undefined) return undefined
  const name = entries.find(({ key }) => key === 'name')
  if (name === undefined) {
    findings.add('wrong-type', item.span, {
      message: 'a gate has no name',
      hint: 'add what it checks, for example name: types',
    })
    return undefined
  }
  const text = textValue(name.value, 'gates.name', findings)
  return text === undefined ? undefined : gateOf(text, item, name.value.span, findings)
}

function gateOf(name: string, value: Value, nameSpan: Entry['keySpan'], findings: Findings): ProjectGate | undefined {
  if (!NAME.test(name)) {
    findings.add('invalid-name', nameSpan, {
      message: `"${name.slice(0, 60)}" cannot be the name of a gate`,
      hint: 'write up to 40 letters, digits, ".", "_" and "-"',
    })
    return undefined
  }
  if (value.form === 'scalar') {
    const command = textValue(value, `gates.${name}`, findings)
    return command === undefined ? undefined : { name, command, when: 'each' }
  }
  let command: string | undefined
  let when: ProjectGate['when'] = 'each'
  for (const entry of mapEntries(value, `gates.${name}`, findings) ?? []) {
    if (entry.key === 'command') command = textValue(entry.value, `gates.${name}.command`, findings)
    else if (entry.key === 'when') when = readWhen(entry.value, name, findings)
    else if (entry.key !== 'name') unknownKey(entry, KEYS, findings)
  }
  if (command !== undefined) return { name, command, when }
  if (!(value.form === 'map' && value.entries.some(({ key }) => key === 'command'))) {
    findings.add('wrong-type', value.span, {
      message: `the gate "${name}" has no command`,
      hint: 'add the command that has to exit 0, for example command: npx tsc --noEmit',
    })
  }
  return undefined
}

function readWhen(value: Value, name: string, findings: Findings): ProjectGate['when'] {
  const text = textValue(value, `gates.${name}.when`, findings)
  if (text === 'each' || text === 'final') return text
  if (text !== undefined)
    wrong(value, `gates.${name}.when`, '"each" (every phase) or "final" (the end of the run)', findings)
  return 'each'
}
