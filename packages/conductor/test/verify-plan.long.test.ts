import type { EventBody, RequiredGate } from '@nx-conduct/store'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { verifyPlan } from '../src/views/verify/verify-plan.ts'
import type { Scene } from './verify-scene.ts'
import {
  alone,
  built,
  changed,
  complete,
  type Of,
  one,
  proof,
  removeScenes,
  removeTemplate,
  type Story,
  specFile,
  specText,
  story,
  two,
  withResult,
} from './verify-story.ts'

afterEach(removeScenes)
afterAll(removeTemplate)

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
    'a phase that nobody approved': {
      forge: ({ bodies }) => changed(bodies, 'phase.judged', () => undefined),
      found: ['approval'],
    },
    'a phase that was approved on another tree': {
      forge: ({ bodies, first }) => changed(bodies, 'phase.judged', (body) => ({ ...body, tree: first.tree })),
      found: ['approval'],
    },
    'a phase that was rejected': {
      forge: ({ bodies }) => changed(bodies, 'phase.judged', (body) => ({ ...body, verdict: 'rejected' })),
      found: ['approval'],
    },
    'a result that nobody judged': {
      forge: ({ bodies }) => withoutGate(bodies, 'review'),
      found: ['finalized-evidence'],
    },
    'a result that was judged without a verdict': {
      forge: ({ bodies }) => verdictBecomes(bodies, () => undefined),
      found: ['verdict'],
    },
    'a result that another role judged': {
      forge: ({ bodies }) => verdictBecomes(bodies, (body) => ({ ...body, role: 'security-auditor' })),
      found: ['verdict'],
    },
    'a result that passed although its verdict has a finding that counts': {
      forge: ({ bodies }) =>
        verdictBecomes(bodies, ({ verdict, ...body }) => ({
          ...body,
          ...(verdict && {
            verdict: { ...verdict, findings: verdict.findings.map((each) => ({ ...each, severity: 'major' })) },
          }),
        })),
      found: ['verdict'],
    },
    'a result that passed although its verdict finds a criterion broken': {
      forge: ({ bodies }) =>
        verdictBecomes(bodies, ({ verdict, ...body }) => ({
          ...body,
          ...(verdict && {
            verdict: { ...verdict, criteria: verdict.criteria.map((each) => ({ ...each, holds: 'no' })) },
          }),
        })),
      found: ['verdict'],
    },
    'a phase that was not linted': {
      forge: ({ bodies }) => withoutGate(bodies, 'lint'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a phase whose marks of unfinished work nobody looked for': {
      forge: ({ bodies }) => withoutGate(bodies, 'placeholders'),
      found: ['required-gates', 'evidence'],
    },
    'a phase of which nobody counted the tests': {
      forge: ({ bodies }) => withoutGate(bodies, 'test-count', 'some'),
      found: ['required-gates', 'evidence', 'finalized-evidence'],
    },
    'a phase of which nobody counted the tests of the phases before it': {
      forge: ({ bodies }) => withoutGate(bodies, 'test-count', 'no-fewer'),
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
      forge: ({ bodies }) =>
        changed(bodies, 'agent.finished', (body) => (body.role === 'fix-executor' ? undefined : body)),
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
    'a file that no lockfile is, said to be made again': {
      forge: ({ bodies, scene, base }) => {
        const tree = scene.tree({ 'a.txt': 'what the module made', [specFile]: specText })
        const forged = withResult(bodies, 'integrate', '1', (result) => ({ ...result, regenerated: ['a.txt'] }))
        return withResult(forged, 'implement', '1', (result) => ({
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

  function verdictBecomes(
    bodies: readonly EventBody[],
    change: (body: Of<'agent.finished'>) => EventBody | undefined,
  ): EventBody[] {
    return changed(bodies, 'agent.finished', (body) => (body.verdict === undefined ? body : change(body)))
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

  /** Writes an entry past the store. */
  function addEntry(
    scene: Scene,
    { by = 'nx-conduct', spec = 'spec', seq }: { by?: string; spec?: string; seq?: number },
  ): void {
    const tip = scene.git(['rev-parse', 'refs/conduct/spec/log'])
    const last = scene.git(['log', '-1', '--format=%(trailers:key=Conduct-Seq,valueonly)', tip])
    const number = seq ?? Number(last) + 1
    const body = { type: 'notice', code: 'x', message: 'x' }
    const event = { version: 2, seq: number, at: '', operationId: 'x', writer: 'x', body }
    const blob = scene.git(['hash-object', '-w', '--stdin'], JSON.stringify(event))
    const tree = scene.git(['mktree'], `100644 blob ${blob}\tevent.json\n`)
    const message = `x\n\nConduct-Log: ${spec}\nConduct-Seq: ${number}\nConduct-First: no`
    scene.git(['update-ref', 'refs/conduct/spec/log', scene.commit(tree, [tip], message, by)])
  }

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
      move: ({ scene }) => addEntry(scene, { by: 'Mallory' }),
      found: ['log-entry'],
    },
    'an entry of another log': {
      move: ({ scene }) => addEntry(scene, { spec: 'other' }),
      found: ['log-entry'],
    },
    'an entry with a number that its place does not have': {
      move: ({ scene }) => addEntry(scene, { seq: 99 }),
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
