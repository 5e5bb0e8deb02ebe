import type { Entry } from './entry.ts'
import type { Value } from './front-matter.ts'

/** A value of the front matter as a field's entries: one per item of a list, one for anything else. */
export function fieldEntries(value: Value): readonly Entry[] {
  switch (value.form) {
    case 'list':
      return value.items.flatMap((item) =>
        item.form === 'scalar' ? [entryOf(item.written, item)] : fieldEntries(item),
      )
    case 'scalar':
      return value.written === '' ? [] : [entryOf(String(value.value), value)]
    case 'map':
      return [{ form: 'text', text: '', lines: [], ...value.span }]
  }
}

/** Dependencies: every word there is an id, even one that is not declared. */
export function idEntries(value: Value): readonly Entry[] {
  return fieldEntries(value).map((entry) =>
    /^[\w.-]{1,20}$/.test(entry.text) && /\d|^.$/.test(entry.text) ? { ...entry, text: `Phase ${entry.text}` } : entry,
  )
}

function entryOf(text: string, { span }: Value): Entry {
  const code = { kind: 'text', text, ...span } as const
  return { form: 'item', text, lines: [{ inlines: [code], ...span }], ...span }
}
