import { rmSync } from 'node:fs'
import { compile, digestOf, type Phase } from '@nx-conduct/spec'
import type { EventBody, RequiredGate, StepResult } from '@nx-conduct/store'
import { type Files, Scene } from './verify-scene.ts'

const made: string[] = []

/** Removes what a test made. */
export function removeScenes(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Removes what they were copied from. */
export function removeTemplate(): void {
  if (template) rmSync(template.scene.root, { recursive: true, force: true })
  template = undefined
}

export const specFile = '.spec/SPEC.md'
export const specText = `---
name: spec
lint: { command: npm run lint, scope: all }
audit: off
---

## Implementation Phases

### Phase 1: One
- [ ] write a

Test Command: \`npm test\`

Files: \`a.txt\`

**Success Criteria**:
- \`a.txt\` exists
- \`node check.js\` exits 0
- a.txt contains "hello"
- Port 3000 answers at /health after \`node server.js\`
- It feels fast

### Phase 2: Two
- [ ] write b

Test Command: \`npm run two\`

Allow: TODO

Approval: required
`

export type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>

export const compiled = compile(specText, { defaultName: 'spec' })
export const one = phaseOf('1')
export const two = phaseOf('2')

export function phaseOf(id: string): Phase {
  const phase = compiled.phases.find((each) => each.id === id)
  if (!phase) throw new Error(`the spec has no phase ${id}`)
  return phase
}

export const built = ({ slug, digest }: Phase): Files => ({
  [`.spec/phases/${slug}/built.json`]: JSON.stringify({ version: 1, slice: digest }),
})

/** Gates as today's conductor lists them, written out. */
export const gate = (name: string, rule: string, base?: string): RequiredGate => ({
  gate: name,
  version: 1,
  rule,
  ...(base === undefined ? {} : { base }),
})
export const alone = {
  one: [
    gate('test', 'npm test'),
    gate('files', 'a.txt'),
    gate('criterion', '{"kind":"path-exists","globs":["a.txt"]}'),
    gate('criterion', '{"kind":"command","command":"node check.js"}'),
    gate('criterion', '{"kind":"file-contains","path":"a.txt","needle":"hello"}'),
    gate('criterion', '{"kind":"serves","port":3000,"start":"node server.js","path":"/health"}'),
    gate('criterion', `{"kind":"built","slice":"${one.digest}"}`),
    gate('lint', '{"command":"npm run lint","scope":"all"}'),
    gate('test-count', '{"command":"npm test","runs":"some"}'),
  ],
  two: [
    gate('test', 'npm run two'),
    gate('regression', 'npm test'),
    gate('criterion', `{"kind":"built","slice":"${two.digest}"}`),
    gate('lint', '{"command":"npm run lint","scope":"all"}'),
    gate('test-count', '{"command":"npm run two","runs":"some"}'),
  ],
}

const reviewRule = JSON.stringify({
  scope: 'whole',
  of: digestOf([one.digest, two.digest]),
  fails: 'major',
  criteria: ['phase 1: It feels fast'],
  strict: false,
})

export interface Story {
  readonly scene: Scene
  readonly base: { readonly commit: string; readonly tree: string }
  /** The accepted commits of the phases. */
  readonly first: { readonly commit: string; readonly tree: string }
  readonly second: { readonly commit: string; readonly tree: string }
  readonly bodies: readonly EventBody[]
}

let template: Story | undefined

/** A run of both phases that is as it should be, before it is recorded. Its repository is made once and copied: it takes many programs. */
export function story(): Story {
  template ??= newStory()
  const scene = new Scene(template.scene)
  made.push(scene.root)
  return { ...template, scene }
}

function newStory(): Story {
  const scene = new Scene()
  const start = { 'a.txt': 'start', [specFile]: specText }
  const baseTree = scene.tree(start)
  const base = { tree: baseTree, commit: scene.commit(baseTree, [], 'Start', 'Ada') }
  scene.git(['update-ref', 'refs/heads/main', base.commit])
  const work = (files: Files, parent: string) => {
    const tree = scene.tree(files)
    return { tree, commit: scene.commit(tree, [parent]) }
  }
  const made1 = work({ ...start, 'a.txt': 'hello' }, base.commit)
  const first = work({ ...start, 'a.txt': 'hello', ...built(one) }, base.commit)
  const made2 = work({ ...start, 'a.txt': 'hello', ...built(one), 'b.txt': 'b' }, first.commit)
  const joined2 = work({ ...start, 'a.txt': 'hello', ...built(one), ...built(two), 'b.txt': 'b' }, first.commit)
  const second = work({ ...start, 'a.txt': 'hello', ...built(one), ...built(two), 'b.txt': 'fixed' }, first.commit)

  const planTree = scene.tree({ [specFile]: specText })
  const phases = compiled.phases.map(({ id, slug, title, digest, dependsOn }) => ({
    id,
    slug,
    title,
    slice: digest,
    dependsOn,
  }))
  const gates1 = [
    ...alone.one,
    gate('placeholders', 'no TODO, FIXME, XXX, HACK, not-implemented, stub, empty-body in added code', base.tree),
    gate('imports', '{"generated":[]}', base.tree),
  ]
  const gates2 = [
    ...alone.two,
    gate('placeholders', 'no FIXME, XXX, HACK, not-implemented, stub, empty-body in added code', first.tree),
    gate('imports', '{"generated":[]}', first.tree),
    gate('test-count', '{"command":"npm test","runs":"no-fewer"}', first.tree),
  ]
  const all = [...alone.one, ...alone.two]
  const review = gate('review', reviewRule, base.tree)
  const validated = { step: 'validate', satisfied: false, unverified: [], flaky: [], rounds: 0 } as const
  return {
    scene,
    base,
    first,
    second,
    bodies: [
      {
        type: 'run.opened',
        run: 'r1',
        spec: 'spec',
        base: base.commit,
        branch: 'main',
        plan: scene.commit(planTree, []),
        specFile,
        phases,
      },
      accepted('1', { step: 'implement', ...made1, report: '', issues: [] }),
      accepted('1', { step: 'integrate', ...first, synthesised: [] }),
      ...proof('1', alone.one.slice(0, 1), first.tree),
      accepted('1', { step: 'test', ...first, rounds: 0 }),
      ...proof('1', gates1.slice(1), first.tree),
      accepted('1', { ...validated, ...first, gates: gates1 }),
      complete(one, first, gates1),
      accepted('2', { step: 'implement', ...made2, report: '', issues: [] }),
      accepted('2', { step: 'integrate', ...joined2, synthesised: [] }),
      accepted('2', { step: 'test', ...joined2, rounds: 0 }),
      fixed('2', second),
      ...proof('2', gates2, second.tree),
      accepted('2', { ...validated, ...second, gates: gates2, rounds: 1 }),
      judged(two, second.tree, 'approved'),
      complete(two, second, gates2),
      ...proof('', all, second.tree),
      reviewed(),
      ...proof('', [review], second.tree, 'verdict'),
      accepted('2', { step: 'finalize', ...second, gates: [...all, review] }),
      { type: 'finalize.started', run: 'r1', branch: 'main', from: base.commit, to: second.commit },
      {
        type: 'run.finalized',
        run: 'r1',
        branch: 'main',
        from: base.commit,
        to: second.commit,
        tree: second.tree,
        moved: true,
      },
    ],
  }
}

export function judged({ id, digest }: Phase, tree: string, verdict: Of<'phase.judged'>['verdict']): EventBody {
  return { type: 'phase.judged', run: 'r1', phase: id, slice: digest, tree, verdict, by: 'Ada <ada@example.org>' }
}

export function accepted(phase: string, result: StepResult): EventBody {
  const stepKey = `${result.step} ${phase}`
  return {
    type: 'step.accepted',
    run: 'r1',
    step: result.step,
    phase,
    stepKey,
    source: 'executed',
    result,
    summary: '',
    durationMs: 1,
  }
}

export function fixed(phase: string, work: { readonly commit: string; readonly tree: string }): EventBody {
  const usage = { sessions: 1, turns: 1, inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 }
  return {
    type: 'agent.finished',
    run: 'r1',
    phase,
    role: 'fix-executor',
    agentKey: 'k',
    outcome: 'reported',
    usage,
    ...work,
    durationMs: 1,
  }
}

/** A verdict on the whole that has a small finding, and finds the one criterion to hold. */
export function reviewed(): Of<'agent.finished'> {
  const usage = { sessions: 1, turns: 1, inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 }
  const at = { file: 'a.txt', line: 1 }
  return {
    type: 'agent.finished',
    run: 'r1',
    phase: '',
    role: 'code-reviewer',
    agentKey: 'verdict',
    outcome: 'judged',
    usage,
    durationMs: 1,
    verdict: {
      verdict: 'approve',
      summary: '',
      findings: [{ ...at, severity: 'minor', what: 'short', why: '', suggestion: '' }],
      dropped: 0,
      criteria: [{ text: 'phase 1: It feels fast', holds: 'yes', why: '', citations: [at] }],
    },
  }
}

export function proof(phase: string, gates: readonly RequiredGate[], tree: string, session?: string): EventBody[] {
  return gates.map((each) => ({
    type: 'evidence.recorded',
    run: 'r1',
    phase,
    evidence: {
      ...each,
      tree,
      environment: 'env',
      outcome: 'passed',
      ...(session === undefined ? {} : { session }),
      at: '2026-01-01T00:00:00Z',
    },
  }))
}

export function complete(
  phase: Phase,
  work: { readonly commit: string; readonly tree: string },
  gates: readonly RequiredGate[],
): Of<'phase.complete'> {
  const { id, digest: slice } = phase
  return {
    type: 'phase.complete',
    run: 'r1',
    phase: id,
    slice,
    ...work,
    environment: 'env',
    gates,
    unverified: [],
    satisfied: false,
  }
}

/** The bodies with those of a type changed; `undefined` leaves one out. */
export function changed<T extends EventBody['type']>(
  bodies: readonly EventBody[],
  type: T,
  change: (body: Of<T>) => EventBody | undefined,
): EventBody[] {
  const isOf = (body: EventBody): body is Of<T> => body.type === type
  return bodies.flatMap((body) => (isOf(body) ? (change(body) ?? []) : body))
}

export function withResult(
  bodies: readonly EventBody[],
  step: string,
  phase: string,
  change: (result: StepResult) => StepResult,
): EventBody[] {
  return changed(bodies, 'step.accepted', (body) =>
    body.step === step && body.phase === phase ? { ...body, result: change(body.result) } : body,
  )
}
