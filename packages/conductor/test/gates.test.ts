import { compile } from '@nx-conduct/spec'
import { expect, test } from 'vitest'
import { missingPaths } from '../src/gates/check.ts'
import { parsePlaceholderRule, phaseGates, regressionGates } from '../src/gates/required.ts'

const plan = compile(`## Implementation Phases

### Phase 1: One
- a
Test Command: node --test one

### Phase 2: Two
- b
Test Command: node --test two
Allow: TODO
Files:
- two/index.mjs
Success Criteria:
- \`two/*.mjs\` exist
- It is quick
`)
const base = 'a'.repeat(40)
const [, second] = plan.phases

test('a phase has to pass its own tests, those of the phases before it, its files, the placeholder rule and its typed criteria', () => {
  if (!second) throw new Error('no second phase')
  const { gates, unverified } = phaseGates(plan, second, base)
  expect(gates.map(({ gate }) => gate)).toEqual([
    'test',
    'regression',
    'files',
    'placeholders',
    'criterion',
    'criterion',
  ])
  expect(gates.find(({ gate }) => gate === 'regression')?.rule).toBe('node --test one')
  expect(unverified).toEqual(['It is quick'])
})

test('marks that a phase allows are not looked for', () => {
  if (!second) throw new Error('no second phase')
  const rule = phaseGates(plan, second, base).gates.find(({ gate }) => gate === 'placeholders')?.rule ?? ''
  expect(parsePlaceholderRule(rule).marks).not.toContain('TODO')
  expect(parsePlaceholderRule(rule).marks).toContain('FIXME')
  expect(parsePlaceholderRule(rule).baseTree).toBe(base)
})

test('equal commands of several phases are one gate', () => {
  expect(regressionGates([...plan.phases, ...plan.phases])).toHaveLength(2)
})

test('a file, a folder and a glob count as existing when something is there', () => {
  const files = ['src/a.ts', 'docs/guide/x.md']
  expect(missingPaths(files, ['src/a.ts', './src', 'docs/', 'src/*.ts', 'docs/**/*.md'])).toEqual([])
  expect(missingPaths(files, ['src/b.ts', 'src/*.js'])).toEqual(['src/b.ts does not exist', 'src/*.js does not exist'])
})
