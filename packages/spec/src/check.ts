import type { Severity } from './diagnostic.ts'
import { nearest } from './edit-distance.ts'
import type { Findings, Span } from './findings.ts'
import type { FoundPhase } from './found-phase.ts'
import { nameProblem } from './name.ts'
import { idSlug, type ReadPhase } from './phase.ts'

/** Removes phases that conflict with earlier ones: the same id twice, ids whose paths and refs would be the same, ids that are no name. */
export function checkIds(found: readonly FoundPhase[], findings: Findings): readonly FoundPhase[] {
  const byId = new Map<string, FoundPhase>()
  const bySlug = new Map<string, FoundPhase>()
  return found.filter((phase) => {
    const problem =
      phase.id.length > 32 ? `it has ${phase.id.length} characters, 32 are allowed` : nameProblem(phase.id)
    if (problem !== undefined) {
      findings.add('invalid-id', phase.span, {
        message: `"${phase.id.slice(0, 40)}" cannot be a phase's id: ${problem}`,
        hint: 'take a short number or letter, such as 3, 2.1 or WP01',
      })
      return false
    }
    const same = byId.get(phase.id)
    if (same !== undefined) {
      findings.add('duplicate-id', phase.span, {
        message: `phase ${phase.id} is declared twice; the first one holds`,
        hint: 'give one of the two another id',
        related: [{ message: `phase ${phase.id} was declared here first`, span: same.span }],
      })
      return false
    }
    const slug = idSlug(phase.id)
    const near = bySlug.get(slug)
    if (near !== undefined) {
      findings.add('slug-collision', phase.span, {
        message: `phases ${near.id} and ${phase.id} would share the name "phase-${slug}" in paths, refs and projects`,
        hint: 'give one of the two another id',
        related: [{ message: `phase ${near.id} is declared here`, span: near.span }],
      })
      return false
    }
    byId.set(phase.id, phase)
    bySlug.set(slug, phase)
    if (phase.title === '') {
      findings.add('missing-title', phase.span, {
        message: `phase ${phase.id} has no title`,
        hint: `write "Phase ${phase.id}: what it builds"`,
      })
    }
    return true
  })
}

/** Dependencies have to name phases of the spec, or such as its document has as finished, and must not lead back to where they started. Returns the finished ones. */
export function checkDependencies(
  phases: readonly ReadPhase[],
  finishedBefore: () => ReadonlyMap<string, Span>,
  findings: Findings,
): ReadonlySet<string> {
  const known = new Map(phases.map((read) => [read.phase.id, read]))
  let finished: ReadonlyMap<string, Span> | undefined
  const dropped = new Set<string>()
  for (const { dependencies, phase } of phases) {
    for (const { id, span } of dependencies) {
      if (known.has(id)) continue
      finished ??= finishedBefore()
      const done = finished.get(id)
      if (done !== undefined) {
        dropped.add(id)
        findings.add('finished-dependency', span, {
          message: `phase ${phase.id} depends on ${id}, which this document has as finished: it does not wait for it`,
          related: [{ message: `phase ${id} is finished here`, span: done }],
        })
        continue
      }
      const meant = nearest(id, known.keys())
      findings.add('unknown-dependency', span, {
        message: `phase ${phase.id} depends on ${id}, which the spec does not declare`,
        hint:
          meant === undefined
            ? `its phases are: ${[...known.keys()].slice(0, 30).join(', ')}`
            : `did you mean ${meant}?`,
      })
    }
  }
  for (const cycle of cyclesOf(phases)) {
    const [first] = cycle
    if (first === undefined) continue
    const names = [...cycle, first].map(({ phase }) => phase.id).join(' → ')
    findings.add('dependency-cycle', edgeSpan(first, cycle[1] ?? first), {
      message: `these phases wait for each other: ${names}`,
      hint: 'take one of these dependencies out',
      related: cycle.map((read, index) => {
        const next = cycle[(index + 1) % cycle.length] ?? first
        return { message: `phase ${read.phase.id} depends on ${next.phase.id}`, span: edgeSpan(read, next) }
      }),
    })
  }
  return dropped
}

/** Where a phase says that it depends on another; its heading where the order of the text says it. */
function edgeSpan(from: ReadPhase, to: ReadPhase): Span {
  return from.dependencies.find(({ id }) => id === to.phase.id)?.span ?? from.span
}

/** One cycle for each knot of phases that wait for each other. */
function cyclesOf(phases: readonly ReadPhase[]): readonly (readonly ReadPhase[])[] {
  const known = new Map(phases.map((read) => [read.phase.id, read]))
  const state = new Map<string, 'open' | 'done'>()
  const cycles: ReadPhase[][] = []
  for (const start of phases) {
    if (state.has(start.phase.id)) continue
    const path: { readonly read: ReadPhase; next: number }[] = [{ read: start, next: 0 }]
    state.set(start.phase.id, 'open')
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const id = top.read.phase.dependsOn[top.next++]
      if (id === undefined) {
        state.set(top.read.phase.id, 'done')
        path.pop()
        continue
      }
      const read = known.get(id)
      if (read === undefined || state.get(id) === 'done') continue
      if (state.get(id) === 'open') {
        cycles.push(path.slice(path.findIndex((step) => step.read === read)).map((step) => step.read))
        continue
      }
      state.set(id, 'open')
      path.push({ read, next: 0 })
    }
  }
  return cycles
}

/** A phase without a test command is proven by the other gates alone; the setting `untested` says how grave that is. */
export function checkTests(phases: readonly ReadPhase[], severity: Severity | 'off', findings: Findings): void {
  if (severity === 'off') return
  for (const { phase, span } of phases) {
    if (phase.testCommands.length > 0) continue
    findings.add('no-test-command', span, {
      message: `phase ${phase.id} has no test command: no test has to pass for it`,
      hint: 'write "Test Command: `npm test`", or set "untested: off" in the front matter',
      severity,
    })
  }
}
