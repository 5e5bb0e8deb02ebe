import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkScore, presets, roles } from '../src/index.ts'

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

describe('the reference of agents', () => {
  const page = readFileSync(new URL('../../../docs/reference/agents.md', import.meta.url), 'utf8')
  const row = (name: string) =>
    page
      .split('\n')
      .filter((line) => line.startsWith(`| \`${name}\` |`))
      .join('\n')
  // `OPENAI_API_KEY` may stand in a list of `…_API_KEY`.
  const named = (text: string, name: string) =>
    text.includes(`\`${name}\``) || (name.endsWith('_API_KEY') && text.includes(`\`${name.slice(0, -8)}\``))

  it.each(Object.entries(presets))(
    'says of %s how it is installed and called, and what it is given',
    (name, preset) => {
      const { variables, countsTokens, install } = preset
      const text = row(name)
      expect(text.replaceAll('\\|', '|')).toContain(`\`${install}\``)
      expect(text).toMatch(countsTokens ? /\| counted/ : /\| unknown/)
      for (const each of [...variables.keys, ...variables.endpoints, ...variables.settings])
        expect(named(text, each), each).toBe(true)
      const call = { model: undefined, turns: 7, promptFile: 'FILE' }
      for (const flag of preset
        .arguments({ ...call, judges: true })
        .filter((each) => /^--(?:sandbox|mode|approval-mode|chat-mode|agent|disallowedTools|deny-tool)/.test(each)))
        expect(text, flag).toContain(flag)
      for (const flag of preset
        .arguments({ ...call, judges: false })
        .filter((each) => /yolo|force$|bypass|allow-all|^--auto$|yes-always|permission-mode/.test(each)))
        expect(text, flag).toContain(flag)
    },
  )
})
