import { describe, expect, it } from 'vitest'
import { unknownOptions } from '../src/run/unknown-options.ts'

const step = { spec: '.spec/SPEC.md', step: 'conduct', digest: 'd' }

describe('options that a step does not have', () => {
  it('are named, with the next command', () => {
    expect(unknownOptions({ ...step, bogus: true }, 'spec:conduct')).toBe(
      '✖ --bogus: no such option; nothing was run\n  next      Leave it out. What there is: npx nx run spec:conduct --help',
    )
  })

  it('are none where there are none', () => {
    expect(unknownOptions({ ...step, phase: '1', module: 'api' }, 'spec:conduct')).toBeUndefined()
  })

  it.each(['dry-run', 'dryRun', 'dryrun'])('lead to the plan for --%s', (name) => {
    expect(unknownOptions({ ...step, [name]: true }, 'shop:conduct')).toContain('npx nx run shop:plan')
  })

  it('are also words without dashes', () => {
    expect(unknownOptions({ ...step, _: ['foo'] }, 'spec:conduct')).toContain('"foo"')
  })
})
