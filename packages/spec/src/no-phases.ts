import type { Findings } from './findings.ts'
import { FORMATS } from './import/foreign-plan.ts'
import { recogniseFormat } from './import/formats.ts'
import type { Outline } from './outline.ts'
import { readPhaseHeading } from './phase-heading.ts'
import { sectionRank } from './section-name.ts'
import type { Source } from './source.ts'
import { phaseLines } from './unread-phase.ts'

const SHOWN = 8
const KIND = /^\W*(?:phase|step|stage|milestone|work ?stream|work ?package)s?\b/i

/** Says why a text has no phases: it is another tool's plan, or which headings it has and why none of them is a phase. */
export function reportNoPhases(outline: Outline, source: Source, file: string | undefined, findings: Findings): void {
  const head = { start: 0, end: Math.max(0, source.text.search(/\n|$/)) }
  const format = recogniseFormat(source.text, nameOf(file))
  if (format !== undefined) {
    findings.add('no-phases', head, {
      message: `the spec declares no phases; it reads like ${FORMATS[format.id]}`,
      hint: importHint(file),
    })
    return
  }
  const folded = outline.folded.find((words) => /^\W*(?:phase|step|stage|milestone|work)\b/i.test(words))
  const { sections } = outline
  const seen =
    sections.length === 0
      ? 'it has no headings'
      : sections.length === 1
        ? 'its only heading is none'
        : `none of its ${sections.length} headings is one`
  const lines = phaseLines(outline, source.text).filter(({ heading }) => heading.form !== 'loose')
  const related = [
    ...lines.map(({ words, span }) => ({
      message: `"${words.slice(0, 60)}" is no heading: write "### ${words.slice(0, 60)}"`,
      span,
    })),
    ...sections.map(({ words, span }) => ({ message: `"${words.slice(0, 60)}" ${whyNone(words)}`, span })),
  ]
  findings.add('no-phases', head, {
    message:
      folded === undefined
        ? `the spec declares no phases: ${seen}`
        : `the spec declares no phases; "${folded.slice(0, 60)}" is folded away in <details>`,
    hint: 'write "## Implementation Phases" and below it headings such as "### Phase 1: What it builds"',
    ...(related.length === 0 ? {} : { related: related.slice(0, SHOWN) }),
  })
}

/** A plan of another tool that has phases by itself: an import carries more of it over. */
export function noteForeignPlan(source: Source, file: string | undefined, findings: Findings): void {
  if (/^#{1,3} +Implementation Phases\b/im.test(source.text)) return
  const format = recogniseFormat(source.text, nameOf(file))
  if (format === undefined || format.confidence < 0.8) return
  findings.add(
    'foreign-plan',
    { start: 0, end: Math.max(0, source.text.search(/\n|$/)) },
    {
      message: `this reads like ${FORMATS[format.id]}; its phases are read, but not all that its own form means`,
      hint: importHint(file),
    },
  )
}

function importHint(file: string | undefined): string {
  return `turn it into a spec with: npx nx-conduct import ${file ?? 'FILE'} --write .spec/SPEC.md`
}

function nameOf(file: string | undefined): string {
  return file?.split(/[\\/]/).at(-1) ?? ''
}

function whyNone(words: string): string {
  const read = readPhaseHeading(words)
  if (read?.form === 'range') return 'stands for several phases'
  if (read?.form === 'bare') return 'has no title behind its number'
  if (read !== undefined) return 'is not in a section for phases'
  if (sectionRank(words) !== undefined) return 'is a section for phases, with no phase heading below it'
  return KIND.test(words)
    ? 'has no number, or nothing such as ":" between number and title'
    : 'does not begin with a word such as "Phase" and a number'
}
