import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile, planToJson, planToTable } from '../src/index.ts'

const finding = (text: string, code: string, file?: string) =>
  compile(text, file === undefined ? {} : { file }).diagnostics.find((one) => one.code === code)

test("another tool's plan is named, with the command that imports it", () => {
  const kiro = '# Implementation Plan\n\n- [x] 1. Set up\n  - Types\n  - _Requirements: 1.1_\n'
  expect(finding(kiro, 'no-phases', '.kiro/specs/a/tasks.md')).toMatchObject({
    message: 'the spec declares no phases; it reads like Kiro tasks.md',
    hint: 'turn it into a spec with: npx nx-conduct import .kiro/specs/a/tasks.md --write .spec/SPEC.md',
  })
  expect(
    finding('{ "tasks": [ { "id": 1, "title": "A", "status": "done", "subtasks": [] } ] }', 'no-phases'),
  ).toMatchObject({
    message: expect.stringContaining('task-master tasks.json'),
    hint: expect.stringContaining('npx nx-conduct import FILE'),
  })
})

test('a plan whose phases are read all the same is named, a spec with a section of its own is not', () => {
  const roadmap = readFileSync(new URL('fixtures/formats/gsd-roadmap.md', import.meta.url), 'utf8')
  expect(finding(roadmap, 'foreign-plan')?.message).toContain('GSD ROADMAP.md')
  const own = roadmap.replace('## Phase Details', '## Implementation Phases')
  expect(finding(own, 'foreign-plan')).toBeUndefined()
})

test('a text without phases says which headings it has, and why each is none', () => {
  const text = '# Shop\n\n## Implementation Plan\n\n### Setup\n\n### Phase of rest\n\n### Phase 2-4: Rest\n'
  const { message, related } = finding(text, 'no-phases') ?? {}
  expect(message).toBe('the spec declares no phases: none of its 5 headings is one')
  expect(related?.map((one) => `${one.range.start.line} ${one.message}`)).toEqual([
    '1 "Shop" does not begin with a word such as "Phase" and a number',
    '3 "Implementation Plan" is a section for phases, with no phase heading below it',
    '5 "Setup" does not begin with a word such as "Phase" and a number',
    '7 "Phase of rest" has no number, or nothing such as ":" between number and title',
    '9 "Phase 2-4: Rest" stands for several phases',
  ])
  const bold = finding('# Shop\n\n**Phase 1 — Database**\n- tables\n\nPhase 2 is later.\n', 'no-phases')
  expect(bold?.related?.map((one) => `${one.range.start.line} ${one.message}`)).toEqual([
    '3 "Phase 1 — Database" is no heading: write "### Phase 1 — Database"',
    '1 "Shop" does not begin with a word such as "Phase" and a number',
  ])
  expect(finding('just text', 'no-phases')?.message).toBe('the spec declares no phases: it has no headings')
})

test('a phase is done when every task is ticked, or none is there and its heading says so', () => {
  const done = (body: string, title = 'A'): boolean | undefined =>
    compile(`## Implementation Phases\n\n### Phase 1: ${title}\n\n${body}\n`).phases[0]?.done
  expect(done('- [x] a\n- [X] b')).toBe(true)
  expect(done('- [x] a\n- [ ] b')).toBe(false)
  expect(done('- [x] a\n- b')).toBe(false)
  expect(done('text')).toBe(false)
  expect(done('text', 'A (done)')).toBe(true)
  expect(done('text', 'A ✅ COMPLETED')).toBe(true)
  expect(done('text', 'A (in progress)')).toBe(false)
  expect(done('- [ ] a', 'A (done)')).toBe(false)
})

test('a tick changes no digest, and is shown', () => {
  const spec = (box: string) => compile(`## Implementation Phases\n\n### Phase 1: A\n\n- [${box}] a\n`)
  expect(spec('x').phases[0]?.digest).toBe(spec(' ').phases[0]?.digest)
  expect(planToTable(spec('x'))).toContain('1  A (done)')
  expect(planToTable(spec(' '))).not.toContain('(done)')
  expect(planToJson(spec('x')).phases[0]?.done).toBe(true)
})
