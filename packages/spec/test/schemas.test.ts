import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { AGENT_PRESETS } from '../src/agent-presets.ts'
import { ROLES } from '../src/agent-setting.ts'
import { adviceKinds, codes, compile, planToJson, SETTING_KEYS } from '../src/index.ts'
import { SETTING_EXAMPLES } from '../src/setting-example.ts'

const schema = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../nx-conduct/schemas/${name}.schema.json`, import.meta.url), 'utf8'))
const planSchema = schema('plan')
const frontSchema = schema('front-matter')
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true })
const isPlan = ajv.compile(planSchema)
const isFront = ajv.compile(frontSchema)

const fixtures = new URL('./fixtures/', import.meta.url)
const texts = readdirSync(fixtures, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.md'))
  .map((name) => [name, readFileSync(new URL(name, fixtures), 'utf8')] as const)

const EVERYTHING = `---
$schema: ./node_modules/nx-conduct/schemas/front-matter.schema.json
name: all
agent: { driver: command, command: "claude -p" }
agents: { fix-executor: { model: m, rehearsal: a.yaml }, code-reviewer: { preset: codex, model: m } }
budget: { turns: 3 }
concurrency: 2
setup: { command: npm ci, inputs: [a.txt] }
lint: { command: npm run lint, scope: all }
advice: { large-phase: false }
gates: { types: npx tsc }
review: each
redis: { url: "redis://h", mode: required }
remote: origin
tools: [node]
phases: { 1: { approval: required } }
---
# All

Words.

## Phases

### Phase 1: A (2 weeks)
Some text.

- [x] Task
  with more

Modules: a (a/**), b
Test Command: \`npm test\`
Files: a.ts
Generated: \`gen/**\` by \`make\`
Allow: TODO
Agents:
- fix-executor: { model: m }
Gotchas:
- Mind
Success Criteria:
- \`a.ts\` exists
- \`npm run lint\` exits 0
- README.md contains \`npm start\`
- http://localhost:8080/health returns 200, started with \`npm start\`
- All tests pass
- It is fast

### Phase 1: Again
Depends On: Phase 9
`

describe('the schema of a compiled plan', () => {
  test.each([...texts, ['a spec with every field', EVERYTHING] as const])('holds for %s', (_, text) => {
    const json = JSON.parse(JSON.stringify(planToJson(compile(text))))
    isPlan(json)
    expect(isPlan.errors ?? []).toEqual([])
  })

  test('tells what is no plan', () => {
    const json = JSON.parse(JSON.stringify(planToJson(compile(EVERYTHING))))
    expect(isPlan({ ...json, more: 1 })).toBe(false)
    expect(isPlan({ ...json, phases: [{ ...json.phases[0], range: undefined }] })).toBe(false)
    expect(isPlan({ ...json, settings: {} })).toBe(false)
  })

  test('the whole plan is printed', () => {
    const plan = compile(EVERYTHING)
    const json = planToJson(plan)
    expect(Object.keys(json).toSorted()).toEqual(Object.keys(plan).toSorted())
    expect(
      json.phases[0]?.testCommandRanges.map(({ start, end }) => EVERYTHING.slice(start.offset, end.offset)),
    ).toEqual(['`npm test`'])
    expect(json.context[0]?.markdown).toBe('Words.')
  })
})

describe('the schema of the front matter', () => {
  test('lists the settings that the compiler knows, and no others', () => {
    expect(Object.keys(frontSchema.properties).toSorted()).toEqual(['$schema', ...SETTING_KEYS].toSorted())
    expect(Object.keys(frontSchema.properties.agents.properties)).toEqual(ROLES)
    expect(frontSchema.$defs.agent.properties.preset.enum).toEqual(AGENT_PRESETS)
    expect(Object.keys(frontSchema.properties.advice.oneOf[1].properties)).toEqual(Object.keys(adviceKinds))
  })

  test.each(Object.entries(SETTING_EXAMPLES).filter(([key]) => !key.includes('.')))(
    'takes the example of %s, and so does the compiler',
    (_, example) => {
      isFront(parse(example))
      expect(isFront.errors ?? []).toEqual([])
      const { diagnostics } = compile(`---\n${example}\n---\n## Phases\n### Phase 2: A\n`)
      expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
    },
  )

  test('takes the front matter of a spec with every setting, and no wrong values', () => {
    isFront(parse(EVERYTHING.split('---\n')[1] ?? ''))
    expect(isFront.errors ?? []).toEqual([])
    for (const wrong of ['failFast: 3', 'budget: 5', 'budget: { wall: soon }', 'review: never', 'agent: { drive: x }'])
      expect(isFront(parse(wrong)), wrong).toBe(false)
  })

  test('a schema named in the front matter is no unknown setting', () => {
    expect(compile(EVERYTHING).diagnostics.map(({ code }) => code)).not.toContain('unknown-setting')
    expect(Object.keys(codes)).toContain('unknown-setting')
  })
})
