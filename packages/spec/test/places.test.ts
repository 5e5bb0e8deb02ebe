import { describe, expect, test } from 'vitest'
import { compile, type Diagnostic } from '../src/index.ts'

const phase = (body: string): string => `## Phases\n\n### Phase 1: A\n${body}\n`
const front = (yaml: string): string => `---\n${yaml}\n---\n\n${phase('')}`

/** What the findings of a code point at, word for word. */
function pointedAt(text: string, code: string): readonly string[] {
  return found(text, code).map(({ range }) => text.slice(range.start.offset, range.end.offset))
}

function found(text: string, code: string): readonly Diagnostic[] {
  return compile(text).diagnostics.filter((finding) => finding.code === code)
}

describe('a finding points at the words that are wrong', () => {
  test.each([
    ['Modules: api (/abs/**), docs (docs/**, ../up/**)', 'invalid-path', ['/abs/**', '../up/**']],
    ['Modules: api (/a/**, ../a/**)', 'invalid-path', ['/a/**', '../a/**']],
    ['Modules: good, --detach, also', 'invalid-name', ['--detach']],
    ['Modules:\n- good\n- a..b', 'invalid-name', ['a..b']],
    ['Modules: ab (b/**), c (c/**), b, b', 'duplicate-module', ['b']],
    ['Modules: web ui, other, web-ui', 'duplicate-module', ['web-ui']],
    ['Files: src/a.ts, /etc/passwd, ../b.ts', 'not-a-path', ['/etc/passwd', '../b.ts']],
    ['Files:\n- `src/a.ts`, `/etc/passwd`', 'not-a-path', ['/etc/passwd']],
    ['Files:\n```\nsrc/a.ts\n../b.ts\n```', 'not-a-path', ['../b.ts']],
    ['Generated: `gen/**`, `/abs/**`, `../up/**` by `make`', 'invalid-generated', ['/abs/**', '../up/**']],
  ])('%s', (body, code, words) => {
    expect(pointedAt(phase(body), code)).toEqual(words)
  })

  test('a short name is not looked for in the paths of the module before it', () => {
    const text = phase('Modules: lib (b/**), b')
    const range = compile(text).phases[0]?.modules[1]?.range
    expect(text.slice(range?.start.offset)).toBe('b\n')
  })

  test('settings that exclude each other are reported at one of them', () => {
    expect(pointedAt(front('rounds: 2\nreview: off\naudit: off\ncriteria: strict'), 'wrong-type')).toEqual(['strict'])
  })
})

describe('a hint names the value to write', () => {
  test.each([
    ['budget: 5', 'write for example budget: { turns: 60, tokens: 2000000, wall: 30m }'],
    ['budget: { wall: soon }', 'write for example wall: 30m'],
    ['budget: { turns: many }', 'write for example turns: 60'],
    ['testTimeout: 10', 'write for example testTimeout: 10m'],
    ['agent: claude', 'write for example agent: { driver: anthropic, model: claude-sonnet-5-5 }'],
    ['agents: { fix-executor: { driver: magic } }', 'write for example driver: anthropic'],
    ['gates: make', 'write for example gates: [{ name: types, command: npx tsc --noEmit }]'],
    ['gates: { a: { command: make, when: now } }', 'write for example when: each'],
    ['review: { severity: bad }', 'write for example severity: major'],
    ['criteria: never', 'write for example criteria: judged'],
    ['redis: here', 'write for example redis: redis://127.0.0.1:6379'],
    ['phases: { 1: yes }', 'write for example 1: { approval: required }'],
    ['failFast: perhaps', 'write for example failFast: false'],
  ])('%s', (yaml, hint) => {
    expect(found(front(yaml), 'wrong-type').map((finding) => finding.hint)).toEqual([hint])
  })
})

describe('what is not there is told apart from what is empty', () => {
  test.each([
    ['setup:', ['setup has no value; it has to be text']],
    ['setup: ""', ['setup has to be text, not an empty text']],
    ['setup: { inputs: [a.txt] }', ['setup has no command']],
    ['setup: { command: }', ['setup.command has no value; it has to be text']],
    ['agent: { driver: command }', ['agent has the driver "command", but neither a preset nor a command']],
    ['agent: { driver: command, command: "" }', ['agent.command has to be text, not an empty text']],
    ['lint: { scope: all }', ['lint has no command']],
    ['lint: { command: "", scope: all }', ['lint.command has to be text, not an empty text']],
    ['gates: [{ name: a }]', ['the gate "a" has no command']],
    ['gates: [{ name: a, command: "" }]', ['gates.a.command has to be text, not an empty text']],
    ['budget:', ['budget has no value; it has to be a map']],
  ])('%s', (yaml, messages) => {
    expect(found(front(yaml), 'wrong-type').map(({ message }) => message)).toEqual(messages)
  })
})

test('YAML that is indented with a tab says so, at the tab', () => {
  for (const yaml of ['budget:\n\tturns: 3', 'agents:\n  fix-executor:\n  \tmodel: m', 'tools:\n\t- node']) {
    const text = front(yaml)
    const [finding, ...more] = found(text, 'yaml-syntax')
    expect(more).toEqual([])
    expect(finding).toMatchObject({
      message: 'a tab indents this line, and YAML takes only spaces',
      hint: 'write two spaces for each tab',
    })
    expect(pointedAt(text, 'yaml-syntax')).toEqual(['\t'])
  }
})
