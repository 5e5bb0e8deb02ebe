import type { Anthropic } from '@anthropic-ai/sdk'
import type { AgentReport } from '../contract.ts'
import { field } from './result.ts'

export const reportTool = {
  name: 'report',
  description: 'Ends your session. Call it once, when the work is done or cannot go on.',
  strict: true,
  input_schema: {
    type: 'object',
    properties: {
      built: { type: 'string', description: 'What you built or changed, and what others have to know to fit to it.' },
      tests: { type: 'string', description: 'What you ran to try it out, and what came of it.' },
      issues: {
        type: 'array',
        items: { type: 'string' },
        description: 'What remains, one sentence each; may be empty.',
      },
    },
    required: ['built', 'tests', 'issues'],
    additionalProperties: false,
  },
} as const satisfies Anthropic.Tool

/** Longer texts in a report are cut: every later agent reads them. */
const longestText = 20_000

/** Reads a report out of what an agent wrote; undefined unless it has exactly the fields of a report. */
export function readReport(value: unknown): AgentReport | undefined {
  const [built, tests, issues] = [field(value, 'built'), field(value, 'tests'), field(value, 'issues')]
  if (typeof built !== 'string' || typeof tests !== 'string' || !Array.isArray(issues)) return undefined
  if (!issues.every((issue) => typeof issue === 'string')) return undefined
  return { built: cut(built), tests: cut(tests), issues: issues.slice(0, 200).map(cut) }
}

function cut(text: string): string {
  return text.length <= longestText
    ? text
    : `${text.slice(0, longestText)} [… ${text.length - longestText} characters cut]`
}
