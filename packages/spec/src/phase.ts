import type { RootContent } from 'mdast'
import type { Claim, Fate, Piece } from './accounted/claim.ts'
import { readAgents } from './agent-setting.ts'
import { readAllowances } from './allowance.ts'
import { readCriteria } from './criterion.ts'
import { type DeclaredIds, readDependencies, warnUnclear } from './dependency.ts'
import { digestOf, sliceOf, untitled } from './digest.ts'
import { type Entry, placeIn, spanOf } from './entry.ts'
import { type Field, type PhaseFields, readFields } from './field.ts'
import type { Findings, Span } from './findings.ts'
import type { FoundPhase } from './found-phase.ts'
import { readYaml } from './front-matter.ts'
import { readGenerated } from './generated.ts'
import { shownBlocks } from './hidden-html.ts'
import { type Line, linesOf } from './inline.ts'
import { FIELD_LABELS, type FieldName } from './label.ts'
import { shareOf } from './leftover.ts'
import { implicitModule, readModules } from './module.ts'
import { slugOf } from './name.ts'
import type { Outline } from './outline.ts'
import { looksLikePath, pathProblem, tidyPath } from './path.ts'
import type { Phase, Task } from './plan.ts'
import type { Source } from './source.ts'
import { readTestCommands } from './test-command.ts'

/** A phase whose fields were read; its dependencies are still to be checked against the others. */
export interface ReadPhase {
  readonly phase: Phase
  readonly span: Span
  /** Where each declared dependency is written. */
  readonly dependencies: readonly { readonly id: string; readonly span: Span }[]
  /** What became of its text. */
  readonly claims: readonly Claim[]
}

/** Reads one found phase into its typed form. `extra` are fields that front matter adds to it. */
export function readPhase(
  found: FoundPhase,
  index: number,
  declaredBy: DeclaredIds,
  outline: Outline,
  extra: readonly Field[],
  source: Source,
  findings: Findings,
): ReadPhase {
  const body = bodyOf(found, outline, source.text)
  const read = readFields(body.blocks, body.lines, source.text, findings)
  const fields: PhaseFields = { ...read, fields: [...read.fields, ...extra] }
  const shares = read.fields.map((field) => ({ field: field.name, ...shareOf(field, source.text) }))
  const pieces = [...read.description, ...shares.flatMap(({ left }) => left)].toSorted((a, b) => a.start - b.start)
  const named = (name: FieldName): readonly Field[] => fields.fields.filter((field) => field.name === name)
  const entries = (name: FieldName): readonly Entry[] => named(name).flatMap((field) => field.entries)
  warnEmpty(fields, findings)

  const modules = readModules(entries('modules'), source, findings)
  if (modules.length === 0) {
    findings.add('implicit-module', found.span, {
      message: `phase ${found.id} names no modules: one agent builds all of it, as module "${implicitModule(found.title, found.span, source).slug}"`,
    })
  }
  const declared = readDependencies(
    [...entries('dependsOn'), ...titleDependencies(found, entries('dependsOn'))],
    declaredBy,
    index,
  )
  if (declared.form === 'unclear') warnUnclear(findings, declared.span)
  const previous = declaredBy.phases[index - 1]
  const follows = previous === undefined ? [] : [previous.id]
  const dependencies = declared.form === 'ids' ? declared.ids : []
  const dependsOn = declared.form === 'ids' ? declared.ids.map(({ id }) => id) : declared.form === 'none' ? [] : follows
  const last = body.blocks.at(-1)?.position?.end.offset ?? found.span.end

  const tasks = [...fields.tasks, ...entries('tasks').flatMap(taskEntries)]
    .toSorted((a, b) => a.start - b.start)
    .map((entry) => taskOf(entry, source))

  const phase: Omit<Phase, 'digest'> = {
    id: found.id,
    slug: idSlug(found.id),
    title: found.title === '' ? untitled(found.id) : found.title,
    dependsOn,
    description: joinPieces(pieces),
    tasks,
    done: isDone(tasks, found.notes),
    modules: modules.length === 0 ? [implicitModule(found.title, found.span, source)] : modules,
    testCommands: named('testCommand').flatMap((field) => readTestCommands(field.entries, source, findings)),
    criteria: named('criteria').flatMap((field) => readCriteria(field.entries, source, findings)),
    gotchas: entries('gotchas')
      .map(wholeText)
      .filter((text) => text !== '' && !/^(?:n\/?a|none|[-–—]+)\.?$/i.test(text)),
    files: readFiles(entries('files'), source, findings),
    inputs: readFiles(entries('inputs'), source, findings),
    generated: readGenerated(entries('generated'), source, findings),
    allow: readAllowances(entries('allow'), findings),
    approval: readApproval(entries('approval'), findings),
    agents: readPhaseAgents(entries('agents'), source, findings),
    notes: found.notes,
    range: source.range(found.span.start, Math.max(found.span.end, last)),
  }
  return {
    phase: { ...phase, digest: digestOf(sliceOf(phase)) },
    span: found.span,
    dependencies,
    claims: claimsOf(found, shares, read.tasks, pieces),
  }
}

/** What became of the phase's text. */
function claimsOf(
  { id, span }: FoundPhase,
  shares: readonly { readonly field: FieldName; readonly taken: readonly Span[] }[],
  tasks: readonly Entry[],
  pieces: readonly Piece[],
): readonly Claim[] {
  const claims: Claim[] = [{ ...span, fate: { kind: 'phase', phase: id } }]
  const take = (fate: Fate, { start, end }: Span): number => claims.push({ start, end, fate })
  for (const { field, taken } of shares) {
    const fate: Fate = { kind: 'field', phase: id, field }
    for (const one of taken) take(fate, one)
  }
  const task: Fate = { kind: 'field', phase: id, field: 'tasks' }
  for (const entry of tasks) {
    take(task, entry)
    for (const block of entry.rest ?? []) take(task, spanOf(block))
  }
  const described: Fate = { kind: 'description', phase: id }
  for (const piece of pieces) take(described, piece)
  return claims
}

function joinPieces(pieces: readonly Piece[]): string {
  let joined = ''
  pieces.forEach(({ text, item }, at) => {
    if (text === '') return
    const between = item === true && pieces[at - 1]?.item === true ? '\n' : '\n\n'
    joined += joined === '' ? text : between + text
  })
  return joined
}

/** `### Phase 3: Pages (depends on Phase 1)`: a bracket in the heading counts where no label says it. */
function titleDependencies(found: FoundPhase, labelled: readonly Entry[]): readonly Entry[] {
  if (labelled.length > 0) return []
  return found.notes
    .filter((note) => /^(?:depends on|blocked by|after|requires)\s/i.test(note))
    .map((text) => ({ form: 'text', text, lines: [], ...found.span }))
}

/** A phase's id as part of paths, refs and project names. */
export function idSlug(id: string): string {
  return slugOf(id.replace(/[._]/g, '-'))
}

function bodyOf(
  found: FoundPhase,
  outline: Outline,
  text: string,
): { blocks: readonly RootContent[]; lines: readonly Line[] } {
  const { body } = found
  if (body.form === 'blocks')
    return { blocks: outline.blocks.slice(body.from, body.to).map(({ node }) => node), lines: [] }
  const [head, ...rest] = body.item.children
  const lines = head?.type === 'paragraph' ? linesOf(head.children, text) : []
  const behind = lines.flatMap((line) => {
    const inlines = line.inlines.filter((inline) => inline.start >= body.after)
    const first = inlines[0]
    if (first === undefined) return []
    const trimmed = { ...first, text: first.text.replace(/^\s*(?:[-–—:]+\s+)?/, '') }
    return [{ inlines: [trimmed, ...inlines.slice(1)], start: first.start, end: line.end }]
  })
  return { blocks: shownBlocks(rest), lines: behind }
}

function warnEmpty(fields: PhaseFields, findings: Findings): void {
  for (const field of fields.fields) {
    if (field.entries.length > 0) continue
    findings.add('empty-field', field.label, {
      message: `"${FIELD_LABELS[field.name]}" has no value here`,
      hint: 'write the value behind the colon or as a list below, or take the label out',
    })
  }
}

/** Ticked boxes decide where there are tasks; without any, a word such as "done" behind the title. */
function isDone(tasks: readonly Task[], notes: readonly string[]): boolean {
  if (tasks.length > 0) return tasks.every(({ checked }) => checked === true)
  return notes.some((note) =>
    /^(?:done|completed?|shipped|finished|merged|100 ?% ?(?:done|completed?)?|[✅☑✓✔])(?=$|[\s,:;–—-]*\d|\s)/iu.test(
      note,
    ),
  )
}

function taskEntries(entry: Entry): readonly Entry[] {
  return entry.form === 'fence' ? [] : [entry]
}

function taskOf(entry: Entry, source: Source): Task {
  const range = source.range(entry.start, entry.end)
  return { text: wholeText(entry), ...(entry.checked === undefined ? {} : { checked: entry.checked }), range }
}

function wholeText(entry: Entry): string {
  return entry.below === undefined ? entry.text : `${entry.text}\n${entry.below}`
}

function readFiles(entries: readonly Entry[], source: Source, findings: Findings): readonly string[] {
  const files = new Set<string>()
  for (const entry of entries.flatMap(function all(one: Entry): readonly Entry[] {
    return [one, ...(one.children ?? []).flatMap(all)]
  })) {
    const codes = entry.lines.flatMap((line) =>
      line.inlines.filter((inline) => inline.kind === 'code').map((inline) => inline.text.trim()),
    )
    const paths = (
      entry.form === 'fence'
        ? entry.text.split('\n').map((line) => line.trim())
        : codes.length > 0
          ? codes
          : plainWords(entry)
    ).filter(looksLikePath)
    if (
      paths.length === 0 &&
      entry.form !== 'fence' &&
      entry.children === undefined &&
      !/^(?:n\/?a|none|tbd|[-–—]+)\.?$/i.test(entry.text)
    ) {
      findings.add(
        'not-a-path',
        { start: entry.start, end: entry.end },
        {
          message: 'no path is named here, so nothing is looked for',
          hint: 'write paths from the workspace\'s root, as in "Files: src/index.ts, docs/*.md"',
        },
      )
    }
    for (const path of paths.map(tidyPath)) {
      const problem = pathProblem(path)
      if (problem === undefined) files.add(path)
      else
        findings.add('not-a-path', placeIn(source, entry, path), {
          message: `"${path.slice(0, 80)}" is not looked for: ${problem}`,
          hint: "write it from the workspace's root, for example src/index.ts",
        })
    }
  }
  return [...files]
}

function plainWords(entry: Entry): readonly string[] {
  const said =
    entry.form === 'item' ? (entry.text.split(/\s[-–—]+\s|:\s|\s\(/)[0] ?? '') : entry.text.replace(/\([^()]*\)/g, ' ')
  return said.split(/[\s,;]+/).map((word) => word.replace(/[.:]$/, ''))
}

function readApproval(entries: readonly Entry[], findings: Findings): Phase['approval'] {
  let approval: Phase['approval'] = 'none'
  for (const entry of entries) {
    const word = entry.text.trim().toLowerCase()
    if (/^(?:required|yes|true|manual)$/.test(word)) approval = 'required'
    else if (!/^(?:none|no|false|not required|auto(?:matic)?)$/.test(word)) {
      // Unclear words ask for approval: to stop once too often is the cheaper mistake.
      approval = 'required'
      findings.add(
        'invalid-approval',
        { start: entry.start, end: entry.end },
        {
          message: `"${entry.text.slice(0, 40)}" is neither "required" nor "none"; it is taken as required`,
          hint: 'write "Approval: required" or "Approval: none"',
        },
      )
    }
  }
  return approval
}

function readPhaseAgents(entries: readonly Entry[], source: Source, findings: Findings): Phase['agents'] {
  const agents: { -readonly [K in keyof Phase['agents']]: Phase['agents'][K] } = {}
  for (const entry of entries) {
    const start = entry.form === 'fence' ? source.text.indexOf('\n', entry.start) + 1 : entry.start
    const yaml = entry.form === 'fence' ? entry.text : source.text.slice(entry.start, entry.end)
    const byRole = /^\s*["']?[a-z]+-[a-z]+["']?\s*:\s/.test(yaml)
    const value = byRole ? readYaml(yaml, start, findings) : undefined
    if (!byRole) {
      findings.add(
        'invalid-agents',
        { start: entry.start, end: entry.end },
        {
          message: 'these words name no agent by its role, and are ignored',
          hint: 'write "Agents:" and below it "- fix-executor: { driver: anthropic, model: … }"',
        },
      )
      continue
    }
    if (value !== undefined) Object.assign(agents, readAgents(value, 'agents', findings))
  }
  return agents
}
