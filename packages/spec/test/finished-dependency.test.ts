import { expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const last = '### Phase 3: Index\nDepends On: Phase 2\n\n### Phase 4: Page\nDepends On: Phases 1-3\n'
const read = (text: string) => {
  const plan = compile(text)
  return {
    dependsOn: plan.phases.map(({ id, dependsOn }) => [id, dependsOn]),
    errors: plan.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    notes: plan.diagnostics.filter(({ code }) => code === 'finished-dependency').map(({ range }) => range.start.line),
  }
}

test.each([
  [
    'a folded section',
    `# R\n\n## Phases\n\n<details>\n<summary>v1.0 (Phases 1-2) - SHIPPED</summary>\n\n### Phase 1: Base\n\n### Phase 2: Cart\n\n</details>\n\n${last}`,
  ],
  [
    'folded items',
    `# R\n\n## Phases\n\n<details>\n<summary>v1.0</summary>\n\n- [x] **Phase 1: Base**\n- [x] Phase 2: Cart\n\n</details>\n\n${last}`,
  ],
  [
    'a finished milestone',
    `# R\n\n## Milestones\n\n- ✅ **v1.0 MVP** - Phases 1-2 (shipped 2026-02-01)\n- 🚧 **v1.1** - Phases 3-4\n\n## Phases\n\n${last}`,
  ],
  [
    'a section of finished ones',
    `# R\n\n## Shipped in v1.0\n\n- Phase 1: Base\n- Phase 2: Cart\n\n## Implementation Phases\n\n${last}`,
  ],
])('a dependency on a phase that is finished in the same document is no error: %s', (_, text) => {
  const { dependsOn, errors, notes } = read(text)
  expect(errors).toEqual([])
  expect(dependsOn).toEqual([
    ['3', []],
    ['4', ['3']],
  ])
  expect(notes.length).toBe(3)
})

test('a phase that the document does not finish is an error still', () => {
  expect(read(`# R\n\n## Milestones\n\n- 🚧 **v1.0** - Phases 1-2\n\n## Phases\n\n${last}`).errors).toContain(
    'unknown-dependency',
  )
  expect(read(`# R\n\n## Phases\n\n${last}`).errors).toContain('unknown-dependency')
})

test('the note says where it is finished', () => {
  const plan = compile(`# R\n\n- ✅ v1 - Phases 1-2 (shipped)\n\n## Phases\n\n${last}`)
  const [note] = plan.diagnostics.filter(({ code }) => code === 'finished-dependency')
  expect(note?.message).toContain('phase 3 depends on 2')
  expect(note?.related?.[0]?.range.start.line).toBe(3)
})
