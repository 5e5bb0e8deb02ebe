import { createHash } from 'node:crypto'
import type { Assignment, ConflictingFile } from '../contract.ts'
import { isJudge, roles } from '../roles.ts'
import { reportTool } from '../tools/report.ts'
import { verdictTool } from '../tools/verdict.ts'
import { writeHeader } from './header.ts'
import { houseRules, howToJudge, howToReport, roleTexts } from './role-texts.ts'

/** What an agent is told: `system` depends on the role alone, `user` begins with the machine-readable header line. */
export interface Prompt {
  readonly system: string
  readonly user: string
}

/** Makes the prompt out of the assignment and nothing else: equal assignments give equal prompts. */
export function buildPrompt(assignment: Assignment): Prompt {
  const sections = [
    writeHeader(assignment),
    ...contextSections(assignment),
    ...phaseSections(assignment),
    ...moduleSections(assignment),
    ...reportSections(assignment),
    ...failureSections(assignment),
    ...conflictSections(assignment),
    ...reviewSections(assignment),
    closing(assignment),
  ]
  return {
    system: `${roleTexts[assignment.role]}\n\n${houseRules(assignment.role)}`,
    user: `${sections.join('\n\n')}\n`,
  }
}

function contextSections({ context }: Assignment): readonly string[] {
  if (context.length === 0) return []
  return ['# Context', ...context.map(({ title, markdown }) => `## ${title}\n\n${markdown.trim()}`)]
}

function phaseSections({ phase, review }: Assignment): readonly string[] {
  return [
    review?.scope === 'whole' ? `# Everything: ${phase.title}` : `# Phase ${phase.id}: ${phase.title}`,
    ...(phase.description.trim() === '' ? [] : [phase.description.trim()]),
    ...list('## Tasks', phase.tasks),
    ...list('## Modules of this phase', phase.modules),
    ...list('## Test commands', phase.testCommands.map(code)),
    ...list('## Success criteria', phase.criteria),
    ...list('## Files that have to exist in the end', phase.files.map(code)),
    ...list(
      '## Generated files: make them with these commands, never by hand, and leave them in the worktree',
      phase.generated.map(({ globs, command }) => `${globs.map(code).join(', ')} by ${code(command)}`),
    ),
    ...list('## Gotchas', phase.gotchas),
  ]
}

function moduleSections({ module, phase }: Assignment): readonly string[] {
  if (!module) return []
  const others = phase.modules.filter((name) => name !== module.name)
  return [
    `# Your module: ${module.name}`,
    ...list('You own these paths:', module.paths.map(code)),
    ...list('These belong to others; do not change them:', module.foreignPaths.map(code)),
    ...(others.length === 0
      ? []
      : [
          `Of the tasks above, do those that belong to ${module.name}. The others (${others.join(', ')}) are being built at the same time, elsewhere.`,
        ]),
  ]
}

function reportSections({ reports }: Assignment): readonly string[] {
  if (reports.length === 0) return []
  return ['# What others reported', ...reports.map(({ of, text }) => `## ${of}\n\n${text.trim()}`)]
}

function failureSections({ failure }: Assignment): readonly string[] {
  if (!failure) return []
  return [
    `# What failed (round ${failure.round} of ${failure.rounds})`,
    `The ${failure.gate} check did not pass: ${code(failure.rule)}`,
    fenced(failure.output),
    ...(failure.patch.trim() === '' ? [] : ['What the phase has changed so far:', ...patchSection(failure.patch)]),
    ...list(
      'Tried before:',
      failure.earlier.map(({ round, said, outcome }) => `Round ${round}: ${said.trim()}\n${outcome}`),
    ),
  ]
}

function conflictSections({ conflict }: Assignment): readonly string[] {
  if (!conflict) return []
  return [
    '# The conflict',
    `Merged: ${conflict.between.join(', ')}.`,
    ...list('Conflict markers are in:', conflict.files.filter(({ hasMarkers }) => hasMarkers).map(versionsOf)),
    ...list(
      'In conflict without a marker in the file:',
      conflict.files.filter(({ hasMarkers }) => !hasMarkers).map(versionsOf),
    ),
    ...(conflict.messages.trim() === '' ? [] : [fenced(conflict.messages)]),
    ...list(
      'Your worktree has what the session before yours made of the conflict. It was refused; fix this:',
      conflict.refused ?? [],
    ),
  ]
}

function reviewSections({ review }: Assignment): readonly string[] {
  if (!review) return []
  return [
    '# The change',
    `\`git diff ${review.base}\` shows all of it.`,
    ...list('Changed:', review.changed.map(code)),
    ...patchSection(review.patch),
    ...(review.criteria.length === 0
      ? []
      : [`## Criteria to judge\n\n${review.criteria.map((each, at) => `${at + 1}. ${each}`).join('\n')}`]),
    ...(review.earlier === undefined
      ? []
      : ['# An earlier verdict could not be used', `${review.earlier} Name only lines that exist in this checkout.`]),
  ]
}

function patchSection(patch: string): readonly string[] {
  return patch.trim() === '' ? [] : [fenced(patch)]
}

function versionsOf({ path, versions }: ConflictingFile): string {
  return [code(path), ...versions.map(({ of, has }) => `- ${of}: ${has}`)].join('\n')
}

function closing(assignment: Assignment): string {
  const task = {
    'implementation-executor': assignment.module ? `Build ${assignment.module.name} now.` : 'Build the phase now.',
    'fix-executor': 'Find the cause and fix it.',
    'synthesis-architect': 'Bring the sides together.',
    'code-reviewer': 'Review the change.',
    'security-auditor': 'Audit the change.',
  }[assignment.role]
  return `${task} End with your ${isJudge(assignment.role) ? 'verdict' : 'report'}.`
}

function list(heading: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return []
  return [`${heading}\n\n${items.map((item) => `- ${item.replaceAll('\n', '\n  ')}`).join('\n')}`]
}

function code(text: string): string {
  const ticks = longestRun(text)
  const fence = '`'.repeat(ticks + 1)
  return ticks === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** An assignment that makes every part of a prompt appear. */
const specimen: Omit<Assignment, 'role'> = {
  spec: 'spec',
  context: [{ title: 'Overview', markdown: 'text' }],
  phase: {
    id: '1',
    title: 'title',
    description: 'description',
    tasks: ['task'],
    modules: ['a', 'b'],
    testCommands: ['test'],
    criteria: ['criterion'],
    gotchas: ['gotcha'],
    files: ['file'],
    generated: [{ globs: ['glob'], command: 'command' }],
  },
  module: { name: 'a', paths: ['a/**'], foreignPaths: ['b/**'] },
  reports: [{ of: 'b', text: 'report' }],
  failure: {
    gate: 'test',
    rule: 'rule',
    output: 'output',
    patch: 'patch',
    round: 2,
    rounds: 3,
    earlier: [{ round: 1, said: 'said', outcome: 'outcome' }],
  },
  review: {
    scope: 'phase',
    base: 'base',
    changed: ['path'],
    patch: 'patch',
    criteria: ['criterion'],
    earlier: 'earlier',
  },
  conflict: {
    files: [
      { path: 'path', hasMarkers: true, versions: [] },
      { path: 'other', hasMarkers: false, versions: [{ of: 'a', has: 'version' }] },
    ],
    between: ['a', 'b'],
    messages: 'messages',
    refused: ['reason'],
  },
}

/** Changes exactly when the wording of a prompt changes; belongs to every key under which an agent's work is known. */
export const promptVersion: string = createHash('sha256')
  .update(
    JSON.stringify([
      roles.map((role) => buildPrompt({ ...specimen, role })),
      howToReport,
      reportTool,
      howToJudge,
      verdictTool,
    ]),
  )
  .digest('hex')
  .slice(0, 16)
