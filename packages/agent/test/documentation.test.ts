import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkScore, roles } from '../src/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/rehearsal.md'), 'utf8')

describe('the reference page of scores', () => {
  it('shows scores that can be played', () => {
    const scores = [...page.matchAll(/```yaml\n(# score\n[\s\S]*?)```/g)].map((match) => match[1] ?? '')
    expect(scores.length).toBeGreaterThan(0)
    for (const score of scores) expect(checkScore(score)).toMatchObject({ kind: 'score' })
  })

  it('names every role, and every key the checker knows', () => {
    for (const role of roles) expect(page).toContain(`\`${role}\``)
    const hint = (text: string) => {
      const check = checkScore(text)
      return check.kind === 'problems' ? (check.problems[0]?.hint ?? '') : ''
    }
    const known = [
      hint('sessions: [{ x: 1 }]'),
      hint('sessions: [{ role: fix-executor, turns: [{ x: 1 }] }]'),
      hint('sessions: [{ role: fix-executor, turns: [{ tools: [{ x: 1 }] }] }]'),
      hint('sessions: [{ role: fix-executor, turns: [{ stop: x }] }]'),
    ]
    const names = known.flatMap((text) =>
      text
        .replace(/^.*?: /, '')
        .replace(/\.$/, '')
        .split(', '),
    )
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) expect(page).toMatch(new RegExp(`\`${name}\\b`))
  })
})
