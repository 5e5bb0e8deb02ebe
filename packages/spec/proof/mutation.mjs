/** Scraps of Markdown and of specs, to put into texts at random places. */
export const SCRAPS = [
  '\n',
  '\n\n',
  '  ',
  '\t',
  '    ',
  '# ',
  '## ',
  '### ',
  '- ',
  '* ',
  '1. ',
  '> ',
  '```\n',
  '````md\n',
  '~~~\n',
  '<!--',
  '-->',
  '<details>\n',
  '</details>\n',
  '---\n',
  '***\n',
  '**',
  '__',
  '`',
  '``',
  '[',
  ']',
  '(',
  ')',
  '|',
  '| a | b |\n|---|---|\n',
  '\\',
  '&amp;',
  '&#10;',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  '🎯',
  'é',
  '‮',
  'Phase 1: A',
  '### Phase 2.1 — B\n',
  '## Implementation Phases\n',
  '**Depends on:** Phases 1-3\n',
  'Depends On: Phase 2\n',
  'Test Command: `npm test`\n',
  'Modules: a, b (b/**)\n',
  'Success Criteria:\n- `x` exits 0\n- a/*.b exists\n',
  '- [ ] **Phase 3**: C\n',
  '---\nbudget: { turns: 1 }\n---\n',
  'a: &a [*a, *a]\n',
  '__proto__: 1\n',
  '[a]: b\n',
  '<pre>',
  '<script>\n',
  ':',
  '(((((',
  '[[[[[',
  '*****',
  '_____',
  '-----',
  '=====\n',
]

/** A piece of a text with a few random changes. */
export function mutate(text, random) {
  const below = (limit) => Math.floor(random() * limit)
  const pick = (list) => list[below(list.length)]
  let out = text
  if (out.length > 4000 && random() < 0.8) {
    const start = below(out.length - 2000)
    out = out.slice(start, start + 500 + below(3500))
  }
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const at = below(out.length + 1)
    const length = below(40)
    switch (below(6)) {
      case 0:
        out = out.slice(0, at) + pick(SCRAPS) + out.slice(at)
        break
      case 1:
        out = out.slice(0, at) + out.slice(at + length)
        break
      case 2: {
        const from = below(out.length + 1)
        out = out.slice(0, at) + out.slice(from, from + length * 8) + out.slice(at)
        break
      }
      case 3:
        out = out.slice(0, at) + pick(SCRAPS).repeat(1 + below(50)) + out.slice(at)
        break
      case 4: {
        const lines = out.split('\n')
        const line = below(lines.length)
        lines.splice(line, 1, ...(random() < 0.5 ? [] : [lines[below(lines.length)] ?? '']))
        out = lines.join('\n')
        break
      }
      default:
        out = out.slice(0, at) + String.fromCharCode(below(random() < 0.8 ? 0x300 : 0x10000)) + out.slice(at + 1)
    }
  }
  return out
}
