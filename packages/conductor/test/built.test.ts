import { compile } from '@nx-conduct/spec'
import { expect, test } from 'vitest'
import { builtText } from '../src/reuse/built.ts'
import { displacedBy, satisfiedPhases } from '../src/reuse/satisfied.ts'

const spec = (phases: readonly string[]) =>
  `## Implementation Phases\n\n${phases.map((task, index) => `### Phase ${index + 1}: ${task}\n- ${task}\nTest Command: true\n`).join('\n')}`

function built(text: string): Map<string, string> {
  return new Map(
    compile(text).phases.map((phase) => [phase.slug, (JSON.parse(builtText(phase)) as { slice: string }).slice]),
  )
}

test('a tree that holds every slice satisfies every phase', () => {
  const text = spec(['one', 'two'])
  expect([...satisfiedPhases(compile(text), built(text))]).toEqual(['1', '2'])
})

test('a changed phase is not satisfied, the others stay so', () => {
  expect([...satisfiedPhases(compile(spec(['one', 'other', 'three'])), built(spec(['one', 'two', 'three'])))]).toEqual([
    '1',
    '3',
  ])
})

test('inserted and renumbered phases take nothing away from the others', () => {
  const plan = compile(spec(['new', 'one', 'two']))
  expect([...satisfiedPhases(plan, built(spec(['one', 'two'])))].sort()).toEqual(['2', '3'])
})

test('two phases with equal slices need an entry each', () => {
  const plan = compile(spec(['same', 'same']))
  const one = new Map([...built(spec(['same', 'same']))].slice(0, 1))
  expect([...satisfiedPhases(plan, one)]).toEqual(['1'])
})

test('phases that were built under other numbers get their entries written again where another phase takes their place', () => {
  const plan = compile(spec(['new', 'one', 'two']))
  const [first, second, third] = plan.phases
  if (!first || !second || !third) throw new Error('the spec has three phases')
  const before = built(spec(['one', 'two']))
  expect(displacedBy(plan, before, first)).toEqual([second, third])
  expect(displacedBy(plan, built(spec(['new', 'one', 'two'])), first)).toEqual([])
  expect(displacedBy(plan, new Map(), first)).toEqual([])
  // Two phases that changed places: each has to make room for the other, and no more.
  const swapped = compile(spec(['two', 'one']))
  const [two, one] = swapped.phases
  if (!two || !one) throw new Error('the spec has two phases')
  expect(displacedBy(swapped, before, two)).toEqual([one])
})
