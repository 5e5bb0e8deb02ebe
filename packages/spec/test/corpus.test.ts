import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { differences } from '../proof/expected.mjs'
import { compile } from '../src/index.ts'

const corpus = new URL('./fixtures/corpus/', import.meta.url)
const expected: Readonly<Record<string, object>> = JSON.parse(readFileSync(new URL('expected.json', corpus), 'utf8'))

test.each(Object.entries(expected))('%s is read as its answer key says', (file, answer) => {
  expect(
    differences(
      compile(readFileSync(new URL(encodeURIComponent(file).replaceAll('%2F', '/'), corpus), 'utf8')),
      answer,
    ),
  ).toEqual([])
})

test('a plan that differs from its answer key is told', () => {
  const plan = compile('## Phases\n### Phase 1: A\n### Phase 3: B\nDepends On: Phase 9\n')
  const phase = { id: '1', title: 'Z', dependsOn: [], modules: ['m'], testCommands: [], criteria: 1 }
  expect(differences(plan, { phases: [phase], errors: [] })).toEqual([
    'phase 1: title should be "Z", is "A"',
    'phase 1: modules should be ["m"], is []',
    'phase 1: criteria should be 1, is 0',
    'phase 3 "B" should not be there',
    'errors should be [], are ["unknown-dependency"]',
  ])
})
