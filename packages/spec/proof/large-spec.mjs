/** A spec of any number of phases with ten modules each, in the canonical form. */
export function largeSpec(phases) {
  const parts = ['---\nname: large\n---\n# Large\n\nA spec to measure with.\n\n## Implementation Phases\n']
  for (let phase = 1; phase <= phases; phase++) {
    const modules = Array.from({ length: 10 }, (_, index) => `m${phase}x${index} (packages/p${phase}/m${index}/**)`)
    parts.push(`### Phase ${phase}: Part ${phase} of the whole

**Goal:** what part ${phase} is for, in a line or two of *plain* words.

- Implement the **first thing** of part ${phase} with \`call${phase}()\`
- Write its tests, see [the notes](https://example.org/notes/${phase})
- [ ] Document it

Modules: ${modules.join(', ')}
Test Command: npm test -w p${phase}
Success Criteria:
- packages/p${phase}/index.ts exists
- \`npm run lint -w p${phase}\` exits 0
- All tests pass

Gotchas:
- Mind the order of the arguments
`)
  }
  return parts.join('\n')
}
