import { looksLikeCommand, typeCriterion } from '../criterion.ts'
import type { Piece } from './document.ts'
import type { LostList } from './lost.ts'

// What installs, records or keeps running proves nothing, or never ends.
const NO_TEST =
  /^(?:git|gh|mkdir|cd|touch|rm|mv|cp|cat|ls|code|open|chmod|export|source)\b|^(?:npm|pnpm|yarn|bun)\s+(?:i|install|ci|add|init|create|publish|link)\b|^npx\s+(?:create-|--yes create-)|^(?:pip3?|uv|poetry|cargo|go|gem|bundle|brew|apt(?:-get)?)\s+(?:install|add|get|init|new|sync)\b|^(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:dev|start|serve|watch)\b|\b(?:--watch|runserver)\b|\bdocker(?:-| )compose\s+up\b(?!.*-d\b)/
const CHECKS =
  /(?:^|[\s:/.-])(?:tests?|specs?|e2e|pytest|vitest|jest|mocha|lint|check|typecheck|tsc|validate|verify|build|clippy|mypy|ruff|rspec|phpunit|vet)(?=$|[\s:/.=-])/
const WORDS =
  /(?:^|\s)(?:sure|the|a|an|that|it|all|and|to|through|if|is|are|for|should|must|verify|of|when|will|works?)(?=\s|[.,]|$)/i

/** The command that a sentence makes a check of: `` `npm test` passes ``, `` Run `npm test` ``. */
export function checkIn(text: string): string | undefined {
  const said = text.replace(/^(?:[A-Z]*\d+(?:\.\d+)*[.):]?\s+)/, '').replace(/^\*\*|\*\*$/g, '')
  const typed = typeCriterion(said)
  if (typed.kind !== 'command' || NO_TEST.test(typed.command)) return undefined
  const bare = /^(?:command|cmd|run|execute)\s*:?\s+`[^`]+`\.?$/i.test(said)
  return bare && !CHECKS.test(typed.command) ? undefined : typed.command
}

/** A text that is nothing but a command, with or without backticks. */
export function commandAlone(text: string): string | undefined {
  const said = text.trim()
  if (said.includes('\n')) return undefined
  const code = said.match(/^`([^`]+)`\.?$/)?.[1]
  const command = (code ?? said).replace(/^\$\s+/, '')
  if (!looksLikeCommand(command) || NO_TEST.test(command)) return undefined
  return code === undefined && (WORDS.test(command) || /[.!?]$/.test(command)) ? undefined : command
}

/** ``Run: `…` `` among a task's blocks, with what is said to be expected. */
interface Run {
  readonly command: string
  readonly line: number
  expected: string
}

const RUN = /^(?:(?:[-*]|\d+[.)])\s+)?(?:\*\*)?Run(?::\*\*|\*\*:|:)\s*(?:.*?)`([^`]+)`/i
const EXPECTED = /^(?:[-*]\s+)?(?:\*\*)?Expect(?:ed)?(?: (?:output|result|outcome))?(?::\*\*|\*\*:|:)\s*(.*)$/i
const FAILS =
  /\bFAIL(?:S|ED|URE|ING)?\b|^\W*(?:it |the tests? )?(?:should )?fails?\b|\bfails? (?:with|because|since|as)\b/
const PASSES = /\bPASS(?:ES|ED)?\b|\b(?:no|0|zero) fail/i

/**
 * The commands that a task is checked by: ``Run: `…` `` where the plan does not expect it to fail. What is meant to fail is named in
 * `lost`, and stays in the task's text.
 */
export function runsIn(heading: string, pieces: readonly Piece[], lost: LostList): readonly string[] {
  const meantToFail = /\b(?:it|they|tests?) fails?\b|\bsee (?:it|them) fail\b|\bverify (?:it |the )?failure\b/i.test(
    heading,
  )
  return findRuns(pieces).flatMap(({ command, line, expected }) => {
    if (expected === '' ? meantToFail : FAILS.test(expected) && !PASSES.test(expected)) {
      lost.add(line, 'commands that are meant to fail first', "no test command; kept in the task's text")
      return []
    }
    if (NO_TEST.test(command)) {
      lost.add(
        line,
        `\`${command}\` under "Run:"`,
        "it tests nothing or does not end, so it is no test command; kept in the task's text",
      )
      return []
    }
    return [command]
  })
}

function findRuns(pieces: readonly Piece[]): readonly Run[] {
  const runs: Run[] = []
  let awaiting: number | undefined
  for (const piece of pieces) {
    if (piece.kind === 'fence' && awaiting !== undefined) {
      const commands = piece.value.split('\n').map((line) => line.replace(/^\$\s+/, '').trim())
      for (const command of commands)
        if (command !== '' && !command.startsWith('#')) runs.push({ command, line: awaiting, expected: '' })
      awaiting = undefined
      continue
    }
    if (piece.kind !== 'text' && piece.kind !== 'list') continue
    piece.raw.split('\n').forEach((raw, index) => {
      const text = raw.trim()
      const command = text.match(RUN)?.[1]
      const expected = text.match(EXPECTED)?.[1]
      awaiting = /^(?:\*\*)?Run(?::\*\*|\*\*:|:)$/i.test(text) ? piece.line + index : undefined
      if (command !== undefined) runs.push({ command, line: piece.line + index, expected: '' })
      const last = runs.at(-1)
      if (expected !== undefined && last !== undefined && last.expected === '') {
        // All commands of one fence share what is expected.
        for (const run of runs) if (run.line === last.line) run.expected = expected
      }
    })
  }
  return runs
}
