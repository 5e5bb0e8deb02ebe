import type { Anthropic } from '@anthropic-ai/sdk'
import type { Citation, CriterionVerdict, Finding, FindingSeverity, Verdict } from '../contract.ts'
import { field } from './result.ts'

const severities = ['critical', 'major', 'minor'] as const satisfies readonly FindingSeverity[]
const verdicts = ['approve', 'request-changes'] as const satisfies readonly Verdict['verdict'][]
const answers = ['yes', 'no', 'unclear'] as const satisfies readonly CriterionVerdict['holds'][]

const file = {
  type: 'string',
  description: 'Path from the root of the repository, as `git ls-files` prints it.',
} as const
const line = { type: 'integer', description: 'Number of the line in that file, from 1.' } as const

export const verdictTool = {
  name: 'verdict',
  description: 'Ends your session with your verdict. Call it once, when you have read and tried what you need.',
  strict: true,
  input_schema: {
    type: 'object',
    properties: {
      verdict: { type: 'string', enum: [...verdicts] },
      summary: {
        type: 'string',
        description: 'What you read and tried, and what you think of the work, in a few sentences.',
      },
      findings: {
        type: 'array',
        description: 'Everything that ought to be fixed, the worst first; may be empty.',
        items: {
          type: 'object',
          properties: {
            file,
            line,
            severity: {
              type: 'string',
              enum: [...severities],
              description:
                'critical: loses data, lets somebody in, or does not work at all. major: wrong, missing or untested in a way that users meet. minor: worth fixing, and harmless.',
            },
            what: { type: 'string', description: 'What is wrong, in one sentence.' },
            why: { type: 'string', description: 'What happens because of it: an input, a request, a case.' },
            suggestion: { type: 'string', description: 'What would be right.' },
          },
          required: ['file', 'line', 'severity', 'what', 'why', 'suggestion'],
          additionalProperties: false,
        },
      },
      criteria: {
        type: 'array',
        description: 'One entry for each criterion that you are asked to judge; empty if there are none.',
        items: {
          type: 'object',
          properties: {
            criterion: { type: 'integer', description: 'Its number in the list, from 1.' },
            holds: { type: 'string', enum: [...answers] },
            why: { type: 'string' },
            citations: {
              type: 'array',
              description: 'The lines that show it.',
              items: {
                type: 'object',
                properties: { file, line },
                required: ['file', 'line'],
                additionalProperties: false,
              },
            },
          },
          required: ['criterion', 'holds', 'why', 'citations'],
          additionalProperties: false,
        },
      },
    },
    required: ['verdict', 'summary', 'findings', 'criteria'],
    additionalProperties: false,
  },
} as const satisfies Anthropic.Tool

/** More is not read by anybody; longer texts are cut. */
const mostFindings = 100
const longestText = 2_000

export type VerdictRead =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** `problem`: what is wrong with it, for whoever wrote it. */
  | { readonly kind: 'unreadable'; readonly problem: string }

/** Reads a verdict out of what an agent wrote. One wrong entry makes the whole unreadable: no finding is dropped in silence. */
export function readVerdict(value: unknown): VerdictRead {
  const verdict = oneOf(verdicts, field(value, 'verdict'))
  if (verdict === undefined) return unreadable(`\`verdict\` is one of ${verdicts.join(', ')}`)
  const summary = textIn(value, 'summary')
  if (summary === undefined) return unreadable('`summary` is a text')
  const findings = listIn(value, 'findings')?.map(readFinding)
  if (findings === undefined) return unreadable('`findings` is a list, empty if there are none')
  const criteria = listIn(value, 'criteria')?.map(readCriterion)
  if (criteria === undefined) return unreadable('`criteria` is a list, empty if there are none to judge')
  const badFinding = findings.indexOf(undefined)
  if (badFinding >= 0)
    return unreadable(
      `finding ${badFinding + 1} needs \`file\`, \`line\` (a whole number from 1), \`severity\` (${severities.join(', ')}), \`what\`, \`why\` and \`suggestion\``,
    )
  const badCriterion = criteria.indexOf(undefined)
  if (badCriterion >= 0)
    return unreadable(
      `entry ${badCriterion + 1} of \`criteria\` needs \`criterion\` (a whole number from 1), \`holds\` (${answers.join(', ')}), \`why\` and \`citations\` (a list of \`file\` and \`line\`)`,
    )
  if (findings.length > mostFindings) return unreadable(`at most ${mostFindings} findings: name the worst`)
  return {
    kind: 'verdict',
    verdict: {
      verdict,
      summary,
      findings: findings.filter((each) => each !== undefined),
      criteria: criteria.filter((each) => each !== undefined),
    },
  }
}

function readFinding(value: unknown): Finding | undefined {
  const at = readCitation(value)
  const severity = oneOf(severities, field(value, 'severity'))
  const [what, why, suggestion] = [textIn(value, 'what'), textIn(value, 'why'), textIn(value, 'suggestion')]
  if (at === undefined || severity === undefined || what === undefined || what.trim() === '') return undefined
  if (why === undefined || suggestion === undefined) return undefined
  return { ...at, severity, what, why, suggestion }
}

function readCriterion(value: unknown): CriterionVerdict | undefined {
  const criterion = countIn(value, 'criterion')
  const holds = oneOf(answers, field(value, 'holds'))
  const why = textIn(value, 'why')
  const citations = listIn(value, 'citations')?.map(readCitation)
  if (criterion === undefined || holds === undefined || why === undefined || citations === undefined) return undefined
  const cited = citations.filter((each) => each !== undefined)
  return cited.length === citations.length ? { criterion, holds, why, citations: cited } : undefined
}

function readCitation(value: unknown): Citation | undefined {
  const path = field(value, 'file')
  const at = countIn(value, 'line')
  if (typeof path !== 'string' || path === '' || at === undefined) return undefined
  return { file: path.replace(/^\.\//, ''), line: at }
}

function listIn(value: unknown, name: string): readonly unknown[] | undefined {
  const list = field(value, name)
  return Array.isArray(list) ? list : undefined
}

function countIn(value: unknown, name: string): number | undefined {
  const count = field(value, name)
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 ? count : undefined
}

function textIn(value: unknown, name: string): string | undefined {
  const text = field(value, name)
  if (typeof text !== 'string') return undefined
  return text.length <= longestText
    ? text
    : `${text.slice(0, longestText)} [… ${text.length - longestText} characters cut]`
}

function oneOf<const T extends string>(all: readonly T[], value: unknown): T | undefined {
  return all.find((each) => each === value)
}

function unreadable(problem: string): VerdictRead {
  return { kind: 'unreadable', problem }
}
