import { describe, expect, test } from 'vitest'
import { bisect, describeBisected, type Trial } from '../src/gates/bisect.ts'

const passed = (...modules: readonly string[]): Trial => ({ modules, outcome: 'passed' })
const failed = (...modules: readonly string[]): Trial => ({ modules, outcome: 'failed' })

/** Every trial that is asked for, with outcomes by what is tried, and the finding. */
function play(modules: readonly string[], outcomeOf: (trial: readonly string[]) => Trial['outcome']) {
  const tried: Trial[] = []
  for (;;) {
    const next = bisect(modules, tried)
    if (next.kind !== 'try') return { tried: tried.map((each) => each.modules.join('+')), said: describeBisected(next) }
    tried.push({ modules: next.modules, outcome: outcomeOf(next.modules) })
  }
}

describe('which modules make a merged tree red', () => {
  test('are both of two that pass alone, without a further run', () => {
    expect(play(['api', 'ui'], () => 'passed')).toEqual({
      tried: ['api', 'ui'],
      said: 'each module alone passes; `api` and `ui` together fail',
    })
  })

  test('is the first that fails alone; nothing more is run', () => {
    expect(play(['api', 'ui', 'cli'], ([one]) => (one === 'ui' ? 'failed' : 'passed'))).toEqual({
      tried: ['api', 'ui'],
      said: '`ui` alone fails as well',
    })
  })

  test('is the first red pair of several that pass alone', () => {
    const isRed = (trial: readonly string[]) => trial.includes('a') && trial.includes('c')
    expect(play(['a', 'b', 'c'], (trial) => (isRed(trial) ? 'failed' : 'passed'))).toEqual({
      tried: ['a', 'b', 'c', 'a+b', 'a+c'],
      said: 'each module alone passes; `a` and `c` together fail',
    })
  })

  test('is looked for on six trees at most; pairs that conflict are no trees', () => {
    const { tried, said } = play(['a', 'b', 'c', 'd'], (trial) => (trial.join() === 'a,b' ? 'unmergeable' : 'passed'))
    expect(tried).toEqual(['a', 'b', 'c', 'd', 'a+b', 'a+c', 'a+d'])
    expect(said).toBe('none of these fails alone: `a`, `b`, `c`, `d`, `a` with `c`, `a` with `d`')
    expect(play('abcdefgh'.split(''), () => 'passed').tried).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  test('is decided from what was tried alone', () => {
    expect(bisect(['a', 'b'], [passed('a')])).toEqual({ kind: 'try', modules: ['b'] })
    expect(bisect(['a', 'b'], [passed('a'), failed('b')])).toEqual({ kind: 'alone', module: 'b' })
  })
})
