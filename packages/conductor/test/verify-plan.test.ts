import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, type Phase } from '@nx-conduct/spec'
import { currentHolder, type EventBody, openRunLog, type RequiredGate, type StepResult } from '@nx-conduct/store'
import { afterEach, describe, expect, it } from 'vitest'
import { verifyPlan } from '../src/views/verify/verify-plan.ts'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const specFile = '.spec/SPEC.md'
const specText = `---
name: spec
lint: { command: npm run lint }
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
`

type Files = Readonly<Record<string, string>>
type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>

/** A repository in which a run's log can be written by hand. */
class Scene {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'conductor-verify-')))
  readonly commonDir = join(this.root, '.git')
  #recorded = 0

  constructor() {
    made.push(this.root)
    this.git(['init', '-q', '-b', 'main'])
  }

  git(args: readonly string[], input = '', by = 'nx-conduct'): string {
    const person = { NAME: by, EMAIL: by === 'nx-conduct' ? 'nx-conduct@localhost' : `${by}@example.org` }
    const env = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
      ),
    )
    return execFileSync('git', ['-C', this.root, ...args], {
      input,
      encoding: 'utf8',
      env: { ...process.env, ...env, GIT_INDEX_FILE: join(this.commonDir, 'by-hand') },
    }).trim()
  }

  tree(files: Files): string {
    this.git(['read-tree', '--empty'])
    const lines = Object.entries(files).map(
      ([path, text]) => `100644 ${this.git(['hash-object', '-w', '--stdin'], text)}\t${path}\n`,
    )
    this.git(['update-index', '--add', '--index-info'], lines.join(''))
    return this.git(['write-tree'])
  }

  commit(tree: string, parents: readonly string[], message = 'x', by = 'nx-conduct'): string {
    return this.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message], '', by)
  }

  /** Appends through the store, which refuses what no log may hold. */
  async record(bodies: readonly EventBody[]): Promise<void> {
    const log = await openRunLog({
      commonDir: this.commonDir,
      spec: 'spec',
      holder: await currentHolder(),
      now: () => new Date(),
      onNotice: () => undefined,
    })
    try {
      for (const [index, body] of bodies.entries()) {
        const outcome = await log.append({
          operationId: `operation ${this.#recorded + index}`,
          body,
          commits: commitsOf(body),
        })
        if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome))
      }
      this.#recorded += bodies.length
    } finally {
      await log.close()
    }
  }

  async problems(): Promise<readonly string[]> {
    const { problems } = await verifyPlan(this.commonDir, 'spec')
    return [...new Set(problems.map(({ rule }) => rule))]
  }
}

function commitsOf(body: EventBody): string[] {
  if (body.type === 'run.opened') return [body.base, body.plan]
  if (body.type === 'step.accepted') return [body.result.commit]
  if (body.type === 'phase.complete') return [body.commit]
  if (body.type === 'run.finalized') return [body.to]
  return []
}

const compiled = compile(specText, { defaultName: 'spec' })
const one = phaseOf('1')
const two = phaseOf('2')

function phaseOf(id: string): Phase {
  const phase = compiled.phases.find((each) => each.id === id)
  if (!phase) throw new Error(`the spec has no phase ${id}`)
  return phase
}

const built = ({ slug, digest }: Phase): Files => ({
  [`.spec/phases/${slug}/built.json`]: JSON.stringify({ version: 1, slice: digest }),
})

/** Gates as today's conductor lists them, written out. */
const gate = (name: string, rule: string, base?: string): RequiredGate => ({
  gate: name,
  version: 1,
  rule,
  ...(base === undefined ? {} : { base }),
})
const alone = {
  one: [
    gate('test', 'npm test'),
    gate('files', 'a.txt'),
    gate('criterion', '{"kind":"path-exists","globs":["a.txt"]}'),
    gate('criterion', '{"kind":"command","command":"node check.js"}'),
    gate('criterion', '{"kind":"file-contains","path":"a.txt","needle":"hello"}'),
    gate('criterion', '{"kind":"serves","port":3000,"start":"node server.js","path":"/health"}'),
    gate('criterion', `{"kind":"built","slice":"${one.digest}"}`),
    gate('lint', 'npm run lint'),
  ],
  two: [
    gate('test', 'npm run two'),
    gate('regression', 'npm test'),
    gate('criterion', `{"kind":"built","slice":"${two.digest}"}`),
    gate('lint', 'npm run lint'),
  ],
}

interface Story {
  readonly scene: Scene
  readonly base: { readonly commit: string; readonly tree: string }
  /** The accepted commits of the phases. */
  readonly first: { readonly commit: string; readonly tree: string }
  readonly second: { readonly commit: string; readonly tree: string }
  readonly bodies: readonly EventBody[]
}

/** A run of both phases that is as it should be, before it is recorded. */
function story(): Story {
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
    gate('placeholders', 'no TODO, FIXME, XXX, HACK, not implemented in added lines', base.tree),
  ]
  const gates2 = [...alone.two, gate('placeholders', 'no FIXME, XXX, HACK, not implemented in added lines', first.tree)]
  const all = [...alone.one, ...alone.two]
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
      complete(two, second, gates2),
      ...proof('', all, second.tree),
      accepted('2', { step: 'finalize', ...second, gates: all }),
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

function accepted(phase: string, result: StepResult): EventBody {
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

function fixed(phase: string, work: { readonly commit: string; readonly tree: string }): EventBody {
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

function proof(phase: string, gates: readonly RequiredGate[], tree: string): EventBody[] {
  return gates.map((each) => ({
    type: 'evidence.recorded',
    run: 'r1',
    phase,
    evidence: { ...each, tree, environment: 'env', outcome: 'passed', at: '2026-01-01T00:00:00Z' },
  }))
}

function complete(
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
function changed<T extends EventBody['type']>(
  bodies: readonly EventBody[],
  type: T,
  change: (body: Of<T>) => EventBody | undefined,
): EventBody[] {
  const isOf = (body: EventBody): body is Of<T> => body.type === type
  return bodies.flatMap((body) => (isOf(body) ? (change(body) ?? []) : body))
}

function withResult(
  bodies: readonly EventBody[],
  step: string,
  phase: string,
  change: (result: StepResult) => StepResult,
): EventBody[] {
  return changed(bodies, 'step.accepted', (body) =>
    body.step === step && body.phase === phase ? { ...body, result: change(body.result) } : body,
  )
}

describe('verifyPlan', () => {
  it('finds nothing in a run as it should be, nor in a repository without one', async () => {
    const { scene, bodies, first, second } = story()
    expect(await verifyPlan(scene.commonDir, 'spec')).toEqual({ problems: [], notes: [] })
    await scene.record(bodies)
    scene.git(['update-ref', 'refs/conduct/spec/checkpoint/1', first.commit])
    scene.git(['update-ref', 'refs/conduct/spec/checkpoint/2', second.commit])
    scene.git(['update-ref', 'refs/heads/conduct/spec', second.commit])
    expect(await verifyPlan(scene.commonDir, 'spec')).toEqual({ problems: [], notes: [] })
  })

  it('lets another run reuse what this one accepted, and count a phase as satisfied on its base', async () => {
    const { scene, bodies, base, second } = story()
    await scene.record(bodies)
    const merged = {
      tree: second.tree,
      commit: scene.commit(second.tree, [base.commit, second.commit], 'Merge', 'Ada'),
    }
    const later: EventBody[] = [
      ...changed(bodies.slice(0, 1), 'run.opened', (body) => ({ ...body, base: merged.commit })),
      ...proof('1', alone.one, second.tree),
      { ...complete(one, merged, alone.one), satisfied: true },
      { ...complete(two, merged, alone.two), satisfied: true },
    ]
    await scene.record(later.map((body) => ('run' in body ? { ...body, run: 'r2' } : body)))
    expect(await verifyPlan(scene.commonDir, 'spec')).toEqual({ problems: [], notes: [] })
  })

  /** What is forged, and by which rules it has to be found. */
  const forgeries: Record<
    string,
    { readonly forge: (story: Story) => readonly EventBody[]; readonly found: readonly string[] }
  > = {
    'a phase without the gate of its test command': {
      forge: ({ bodies }) => withoutGate(bodies, 'test'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a phase without the tests of the phases before it': {
      forge: ({ bodies }) => withoutGate(bodies, 'regression'),
      found: ['required-gates', 'evidence'],
    },
    'a phase without a file that it names': {
      forge: ({ bodies }) => withoutGate(bodies, 'files'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a phase that was not linted': {
      forge: ({ bodies }) => withoutGate(bodies, 'lint'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a phase whose marks of unfinished work nobody looked for': {
      forge: ({ bodies }) => withoutGate(bodies, 'placeholders'),
      found: ['required-gates', 'evidence'],
    },
    'marks that were looked for against another base': {
      forge: ({ bodies, first }) => {
        const other = <G extends RequiredGate>(of: G): G =>
          of.gate === 'placeholders' ? { ...of, base: first.tree } : of
        return changed(
          changed(bodies, 'phase.complete', (body) => ({ ...body, gates: body.gates.map(other) })),
          'evidence.recorded',
          (body) => ({ ...body, evidence: other(body.evidence) }),
        )
      },
      found: ['required-gates', 'evidence'],
    },
    'a criterion that was left out': {
      forge: ({ bodies }) => withoutGate(bodies, 'criterion', 'check.js'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a gate whose evidence came only afterwards, by another rule before': {
      forge: ({ bodies }) => {
        const [late = []] = [proof('1', alone.one.slice(1, 2), treeOf(bodies, '1'))]
        const weaker = changed(bodies, 'evidence.recorded', (body) =>
          body.evidence.gate === 'files' && body.phase === '1'
            ? { ...body, evidence: { ...body.evidence, rule: 'b.txt' } }
            : body,
        )
        const listed = changed(weaker, 'phase.complete', (body) => ({
          ...body,
          gates: body.gates.map((each) => (each.gate === 'files' ? { ...each, rule: 'b.txt' } : each)),
        }))
        const end = listed.findIndex(({ type }) => type === 'finalize.started')
        return [...listed.slice(0, end), ...late, ...listed.slice(end)]
      },
      found: ['required-gates', 'evidence'],
    },
    'another spec than the one that the run names': {
      forge: ({ bodies, scene }) => {
        const easier = scene.commit(scene.tree({ [specFile]: specText.replace('`npm test`', '`true`') }), [])
        return changed(bodies, 'run.opened', (body) => ({ ...body, plan: easier }))
      },
      found: ['plan', 'required-gates', 'evidence', 'finalized-evidence'],
    },
    'a plan commit with more in it than the spec': {
      forge: ({ bodies, base }) => changed(bodies, 'run.opened', (body) => ({ ...body, plan: base.commit })),
      found: ['plan'],
    },
    'a phase that counts as satisfied on work of its own': {
      forge: ({ bodies }) => changed(bodies, 'phase.complete', (body) => ({ ...body, satisfied: true })),
      found: ['satisfied'],
    },
    'a phase on a tree that no validate accepted': {
      forge: ({ bodies, scene, base }) => {
        const tree = scene.tree({ 'a.txt': 'hello', 'evil.txt': 'x', ...built(one) })
        const commit = scene.commit(tree, [base.commit])
        const at = bodies.findIndex(({ type }) => type === 'phase.complete')
        const forged = changed(bodies, 'phase.complete', (body) =>
          body.phase === '1' ? { ...body, tree, commit } : body,
        )
        const gates = bodies.flatMap((body) => (body.type === 'phase.complete' && body.phase === '1' ? body.gates : []))
        return [...forged.slice(0, at), ...proof('1', gates, tree), ...forged.slice(at)]
      },
      found: ['accepted-tree'],
    },
    'a tree without the record that it holds the phase': {
      forge: ({ bodies, scene, base }) => {
        const tree = scene.tree({ 'a.txt': 'hello', [specFile]: specText })
        const commit = scene.commit(tree, [base.commit])
        const move = (body: EventBody): EventBody => {
          if (body.type === 'evidence.recorded' && body.phase === '1')
            return { ...body, evidence: { ...body.evidence, tree } }
          if (body.type === 'phase.complete' && body.phase === '1') return { ...body, tree, commit }
          if (body.type === 'step.accepted' && body.phase === '1')
            return { ...body, result: { ...body.result, tree, commit } }
          return body
        }
        return bodies.map(move)
      },
      found: ['built'],
    },
    'a validate of a tree that nothing before it made': {
      forge: ({ bodies }) => bodies.filter(({ type }) => type !== 'agent.finished'),
      found: ['step-chain'],
    },
    'a test of a tree that was not integrated': {
      forge: ({ bodies }) =>
        bodies.filter((body) => body.type !== 'step.accepted' || body.step !== 'integrate' || body.phase !== '1'),
      found: ['step-chain'],
    },
    'work of a module that was exchanged for other work': {
      forge: ({ bodies, scene, base }) => {
        const tree = scene.tree({ 'a.txt': 'what the module made', [specFile]: specText })
        return withResult(bodies, 'implement', '1', (result) => ({
          ...result,
          tree,
          commit: scene.commit(tree, [base.commit]),
        }))
      },
      found: ['module-work'],
    },
    'a run that ends without one of its phases': {
      forge: ({ bodies }) => changed(bodies, 'phase.complete', (body) => (body.phase === '2' ? undefined : body)),
      found: ['finalized-phases'],
    },
    'a run that ends on a tree that was not proven': {
      forge: ({ bodies, scene, second }) => {
        const tree = scene.tree({ 'a.txt': 'hello', 'evil.txt': 'x', ...built(one), ...built(two) })
        const to = scene.commit(tree, [second.commit])
        return changed(bodies, 'run.finalized', (body) => ({ ...body, to, tree }))
      },
      found: ['finalized-evidence'],
    },
    "a run that ends without the user's commits": {
      forge: ({ bodies, scene, second }) => {
        const to = scene.commit(second.tree, [])
        return changed(bodies, 'run.finalized', (body) => ({ ...body, to }))
      },
      found: ['finalized-branch'],
    },
  }

  function withoutGate(bodies: readonly EventBody[], name: string, part = ''): EventBody[] {
    const isIt = (of: RequiredGate) => of.gate === name && of.rule.includes(part)
    const listed = changed(bodies, 'phase.complete', (body) => ({
      ...body,
      gates: body.gates.filter((each) => !isIt(each)),
    }))
    return changed(listed, 'evidence.recorded', (body) => (isIt(body.evidence) ? undefined : body))
  }

  function treeOf(bodies: readonly EventBody[], phase: string): string {
    return bodies.flatMap((body) => (body.type === 'phase.complete' && body.phase === phase ? [body.tree] : [])).join()
  }

  it.each(Object.keys(forgeries))('finds %s', async (name) => {
    const forgery = forgeries[name]
    const all = story()
    await all.scene.record(forgery?.forge(all) ?? [])
    expect([...(await all.scene.problems())].sort()).toEqual([...(forgery?.found ?? [])].sort())
  })

  /** Refs that were moved outside the log. */
  const moves: Record<string, { readonly move: (story: Story) => void; readonly found: readonly string[] }> = {
    'a checkpoint on a commit that was never accepted': {
      move: ({ scene, base }) => scene.git(['update-ref', 'refs/conduct/spec/checkpoint/1', base.commit]),
      found: ['checkpoint-ref'],
    },
    "a checkpoint on another phase's commit": {
      move: ({ scene, second }) => scene.git(['update-ref', 'refs/conduct/spec/checkpoint/1', second.commit]),
      found: ['checkpoint-ref'],
    },
    'an archive of what was never accepted': {
      move: ({ scene, base }) => scene.git(['update-ref', 'refs/conduct/spec/archive/1-x', base.commit]),
      found: ['archive-ref'],
    },
    'an archive that a redo made and that is gone': {
      move: ({ scene }) => scene.git(['update-ref', '-d', 'refs/conduct/spec/archive/1-abc']),
      found: ['archive-ref'],
    },
    'an epoch that is gone': {
      move: ({ scene }) => scene.git(['update-ref', '-d', 'refs/conduct/spec/epoch/name-1']),
      found: ['epoch-ref'],
    },
    'an epoch that was set back': {
      move: ({ scene, base }) =>
        scene.git([
          'update-ref',
          'refs/conduct/spec/epoch/name-1',
          scene.commit(base.tree, [], 'Epoch 1 of phase 1: redo'),
        ]),
      found: ['epoch-ref'],
    },
    'an epoch that somebody else marked': {
      move: ({ scene, base }) =>
        scene.git([
          'update-ref',
          'refs/conduct/spec/epoch/name-1',
          scene.commit(base.tree, [], 'Epoch 9 of phase 1: x', 'Mallory'),
        ]),
      found: ['epoch-ref'],
    },
    'an entry that somebody else wrote': {
      move: ({ scene }) => {
        const tip = scene.git(['rev-parse', 'refs/conduct/spec/log'])
        const event = {
          version: 2,
          seq: 99,
          at: '',
          operationId: 'x',
          writer: 'x',
          body: { type: 'notice', code: 'x', message: 'x' },
        }
        const blob = scene.git(['hash-object', '-w', '--stdin'], JSON.stringify(event))
        const tree = scene.git(['mktree'], `100644 blob ${blob}\tevent.json\n`)
        const message = 'x\n\nConduct-Log: spec\nConduct-Seq: 99\nConduct-First: no'
        scene.git(['update-ref', 'refs/conduct/spec/log', scene.commit(tree, [tip], message, 'Mallory')])
      },
      found: ['log-entry'],
    },
  }

  it.each(Object.keys(moves))('finds %s', async (name) => {
    const all = story()
    const { scene, bodies, first } = all
    const raised = { phase: '1', name: 'name-1', archive: 'refs/conduct/spec/archive/1-abc' }
    await scene.record([
      ...bodies,
      { type: 'epochs.raised', why: 'redo', raised: [{ ...raised, epoch: 1 }] },
      { type: 'epochs.raised', why: 'redo', raised: [{ ...raised, epoch: 2 }] },
    ])
    scene.git(['update-ref', 'refs/conduct/spec/archive/1-abc', first.commit])
    scene.git(['update-ref', 'refs/conduct/spec/archive/clean/abc', first.commit])
    scene.git([
      'update-ref',
      'refs/conduct/spec/epoch/name-1',
      scene.commit(first.tree, [], 'Epoch 2 of phase 1: redo'),
    ])
    expect(await scene.problems()).toEqual([])
    moves[name]?.move(all)
    expect(await scene.problems()).toEqual(moves[name]?.found)
  })

  it('notes what a person did to the branch of a result, as no problem', async () => {
    const { scene, bodies, base, second } = story()
    await scene.record(bodies)
    const notes = async () => (await verifyPlan(scene.commonDir, 'spec')).notes
    const mine = scene.commit(second.tree, [second.commit], 'Mine', 'Ada')
    scene.git(['update-ref', 'refs/heads/conduct/spec', mine])
    expect(await notes()).toEqual([`conduct/spec is at ${mine}: a person added commits to a result`])
    scene.git(['update-ref', 'refs/heads/conduct/spec', base.commit])
    expect(await notes()).toEqual([
      `conduct/spec is at ${base.commit}, which holds no result of a run: a person moved it`,
    ])
  })
})
