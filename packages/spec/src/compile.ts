import type { RootContent } from 'mdast'
import type { Claim } from './accounted/claim.ts'
import { claimsOfMarkup, unreadSpans } from './accounted/unread.ts'
import { checkDependencies, checkIds, checkTests } from './check.ts'
import { readContext } from './context.ts'
import { declaredIds } from './dependency.ts'
import { findPhases } from './find-phases.ts'
import { collectFindings, type Findings } from './findings.ts'
import { finishedPhases } from './finished.ts'
import type { FoundPhase } from './found-phase.ts'
import { readYaml } from './front-matter.ts'
import { type Markdown, parseMarkdown } from './markdown.ts'
import { noteForeignPlan, reportNoPhases } from './no-phases.ts'
import { type Outline, outlineOf } from './outline.ts'
import { readPhase } from './phase.ts'
import { readPhaseSettings } from './phase-settings.ts'
import type { Phase, Plan } from './plan.ts'
import { DEFAULT_SETTINGS, type FrontMatter, readSettings } from './settings.ts'
import { readSource, type Source } from './source.ts'
import { nameFrom } from './spec-name.ts'
import { TooComplex } from './spent.ts'
import { checkClosed } from './unclosed.ts'

export interface CompileOptions {
  /** Name of a spec that gives itself none in its front matter; `spec` by default. What cannot be a name is made into one. */
  readonly defaultName?: string
  /** The spec's path as a person writes it, for commands in hints. */
  readonly file?: string
}

/**
 * Compiles a spec's text into a plan. Never throws, whatever the text is: errors are among the plan's diagnostics, with its place in
 * the text as given, and with an error among them the plan must not be run.
 *
 * The passes: settings → section and phases → labelled fields → typed values → checks → digests.
 */
export function compile(text: string, options: CompileOptions = {}): Plan {
  return readSpec(text, options).plan
}

/** What was read of a spec: the plan, and what became of each stretch of the text. */
export interface SpecReading {
  readonly plan: Plan
  readonly source: Source
  readonly nodes: readonly RootContent[]
  readonly claims: readonly Claim[]
}

/** Compiles a spec's text as `compile` does, and keeps what the passes took of it. */
export function readSpec(text: string, options: CompileOptions = {}): SpecReading {
  const defaultName = nameFrom(options.defaultName ?? 'spec')
  const source = readSource(text)
  const findings = collectFindings(source)
  try {
    return compileSource(source, findings, defaultName, options.file)
  } catch (error) {
    if (error instanceof TooComplex) return refused(error, source, findings, defaultName)
    // The one thing that a text can do besides is to nest deeper than the stack; anything else is a fault of ours, and has to be seen.
    if (!(error instanceof RangeError)) throw error
    const message = 'the text nests too deeply to be read'
    const hint = 'look for lists or quotes inside each other many hundred times over'
    return refused(new TooComplex(message, hint, { start: 0, end: 1 }), source, findings, defaultName)
  }
}

/** Nothing of the text was read. */
function refused(why: TooComplex, source: Source, findings: Findings, defaultName: string): SpecReading {
  const all: Claim = { start: 0, end: source.text.length, fate: { kind: 'diagnostic', code: 'too-complex' } }
  return { plan: tooComplex(why, findings, defaultName), source, nodes: [], claims: [all] }
}

function tooComplex({ message, hint, span }: TooComplex, findings: Findings, defaultName: string): Plan {
  findings.add('too-complex', span, { message, hint })
  return {
    name: defaultName,
    title: '',
    settings: DEFAULT_SETTINGS,
    context: [],
    contextDigest: '',
    phases: [],
    diagnostics: findings.sorted(),
  }
}

function compileSource(source: Source, findings: Findings, defaultName: string, file: string | undefined): SpecReading {
  const markdown = parseMarkdown(source.text)
  checkClosed(markdown.nodes, source.text, findings)
  const front = readFrontMatter(markdown, source, findings)
  const outline = outlineOf(markdown.nodes, source.text, findings)
  const found = checkIds(foundPhases(outline, front, source, findings), findings)
  if (found.length === 0) reportNoPhases(outline, source, file, findings)
  else noteForeignPlan(source, file, findings)
  const extra = readPhaseSettings(front.phases, new Set(found.map(({ id }) => id)), findings)
  const ids = declaredIds(found)
  const read = found.map((phase, index) => {
    const fields = [...(extra.get(phase.id) ?? []), ...(phase.span === front.single?.span ? front.single.fields : [])]
    return readPhase(phase, index, ids, outline, fields, source, findings)
  })
  const finished = checkDependencies(read, () => finishedPhases(outline, found, source.text), findings)
  checkTests(read, front.untested, findings)
  const context = readContext(outline, found, source, findings)
  const title = outline.sections.find(({ depth }) => depth === 1)?.words ?? front.title ?? ''
  const claims = [...context.claims, ...read.flatMap((one) => one.claims), ...claimsOfMarkup(markdown.nodes, outline)]
  for (const span of unreadSpans(markdown.nodes, claims, source)) {
    findings.add('unread-text', span, {
      message: 'this is read nowhere: it stands among the phases and is no part of one',
      hint: 'put it into a phase, or before the first of them',
    })
  }
  const plan: Plan = {
    name: front.name ?? defaultName,
    title,
    settings: front.settings,
    context: context.sections,
    contextDigest: context.digest,
    phases: read.map(({ phase }) => withoutFinished(phase, finished)),
    diagnostics: findings.sorted(),
  }
  return { plan, source, nodes: markdown.nodes, claims }
}

/** A phase that waits for no phase that was finished before. */
function withoutFinished(phase: Phase, finished: ReadonlySet<string>): Phase {
  if (!phase.dependsOn.some((id) => finished.has(id))) return phase
  return { ...phase, dependsOn: phase.dependsOn.filter((id) => !finished.has(id)) }
}

function readFrontMatter(markdown: Markdown, source: Source, findings: Findings): FrontMatter {
  const head = markdown.nodes[0]
  if (head?.type !== 'yaml') return readSettings(undefined, findings)
  const start = source.text.indexOf('\n', head.position?.start.offset ?? 0) + 1
  return readSettings(readYaml(head.value, start, findings), findings)
}

function foundPhases(outline: Outline, front: FrontMatter, source: Source, findings: Findings): readonly FoundPhase[] {
  const found = findPhases(outline, source.text, findings)
  const { single } = front
  if (found.length > 0 || single === undefined) return found
  const body = { form: 'blocks', from: 0, to: outline.blocks.length } as const
  return [{ kind: 'work package', id: single.id, title: single.title, notes: [], span: single.span, depth: 7, body }]
}
