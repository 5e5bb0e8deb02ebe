import type { Entry } from './entry.ts'
import type { Findings } from './findings.ts'
import { looksLikePath, pathProblem, tidyPath } from './path.ts'
import type { Criterion } from './plan.ts'
import { hidesCharacters } from './printable.ts'
import type { Source } from './source.ts'
import { unseenIn } from './unseen.ts'

/** What a criterion can be checked by. */
export type Typed =
  | { readonly kind: 'path-exists'; readonly globs: readonly string[] }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'file-contains'; readonly path: string; readonly needle: string }
  | { readonly kind: 'serves'; readonly port: number; readonly path?: string; readonly start?: string }
  | { readonly kind: 'tests-pass' }
  | { readonly kind: 'prose' }

/** Reads criteria fields: every item, row or paragraph is one criterion, typed where it says exactly what a machine can check. */
export function readCriteria(entries: readonly Entry[], source: Source, findings: Findings): readonly Criterion[] {
  const marked = entries.some((entry) => entry.form === 'item' || entry.form === 'row')
  return entries.flatMap((entry) => {
    if (entry.form === 'fence') {
      const shell = /^(?:bash|sh|shell|zsh|console|shell-?session)$/.test(entry.language ?? '')
      if (shell || looksLikeCommand(entry.text.split('\n')[0] ?? '')) warnFence(entry, findings)
      return []
    }
    // Running text above a list introduces it.
    if (entry.form === 'text' && marked) return []
    const text = entry.form === 'row' ? rowText(entry) : entry.text
    const whole = entry.below === undefined ? text : `${text}\n${entry.below}`
    if (whole.trim() === '' || /^(?:n\/?a|none|tbd|[-–—]+)$/i.test(text)) return []
    return [
      {
        text: whole,
        range: source.range(entry.start, entry.end),
        ...(entry.below === undefined && isSeen(entry, text, source) ? typeCriterion(text) : { kind: 'prose' }),
      },
    ]
  })
}

function warnFence({ start, end }: Entry, findings: Findings): void {
  findings.add(
    'commands-not-run',
    { start, end },
    {
      message: 'a fence is no success criterion: it is kept as text, and not run',
      hint: 'put it under "Test Command:", or write an item for each command, such as: - `npm run lint` exits 0',
    },
  )
}

/** Only what the rendered page shows is run or checked. */
function isSeen(entry: Entry, text: string, source: Source): boolean {
  return !hidesCharacters(text) && unseenIn(entry.lines, source.text) === undefined
}

function rowText(entry: Entry): string {
  const cells = (entry.cells ?? []).filter(
    (cell) => cell !== '' && !/^#?\d+\.?$|^[A-Z]{1,3}-?\d+$|^[[\]xX ✅❌☐☑]*$/u.test(cell),
  )
  return cells.length === 1 ? (cells[0] ?? '') : cells.join(' | ')
}

/** Types one criterion. What says more than a machine could check stays prose: a part that is not checked must not look checked. */
export function typeCriterion(text: string): Typed {
  const said = text
    .replace(/^(?:\*\*|__)|(?:\*\*|__)$/g, '')
    .replace(/^[✅☑✓✔☐❌]\s*/u, '')
    .replace(/[.;]$/, '')
    .trim()
  return tests(said) ?? contains(said) ?? command(said) ?? serves(said) ?? exists(said) ?? { kind: 'prose' }
}

const ADVERB =
  '(?:\\s+(?:successfully|cleanly|green|now|without (?:any )?(?:errors?|failures?|warnings?)|with no (?:errors?|failures?)|with zero errors))?'

function tests(said: string): Typed | undefined {
  const words = said.replace(/\s*\((?:[^()]*)\)$/, '')
  const subject =
    '(?:(?:all|the|existing|new|every|\\d+|of the|phase|unit|integration|end-to-end|e2e|regression|contract|automated|smoke)(?:\\s+|,\\s*|\\s*(?:\\+|/|&|and)\\s*))*(?:test suites?|tests?|suites?)'
  return words === said &&
    new RegExp(
      `^${subject}\\s+(?:must\\s+|should\\s+|still\\s+|all\\s+)*(?:pass|passes|passing|succeed|succeeds|(?:is|are) (?:green|passing)|green)${ADVERB}$`,
      'i',
    ).test(said)
    ? { kind: 'tests-pass' }
    : undefined
}

const EXPLICIT = /^(?:command|cmd|run|running|executing|execute)\s*:?\s+`([^`]+)`$/i

function command(said: string): Typed | undefined {
  const alone = said.match(EXPLICIT)
  if (alone !== null && /^(?:command|cmd|run|execute)/i.test(said)) return typedCommand([alone[1] ?? ''])
  const zero =
    '(?:exits?|returns?|finishes|ends|completes?)\\s+(?:with\\s+)?(?:(?:an?\\s+)?(?:exit\\s+)?(?:code|status)\\s*(?:of\\s+)?)?(?:0|zero)'
  const works = `(?:passes|pass|succeeds?|(?:is|are) green|runs?${ADVERB}|completes?|builds?|works?|exits? (?:successfully|cleanly)|(?:produces|reports|shows|has|gives|returns) (?:no|zero|0) (?:errors?|failures?))`
  const pattern = new RegExp(
    `^(?:(?:the\\s+)?(?:command|script|build|running|run|executing)\\s*:?\\s+)?\`([^\`]+)\`(?:\\s+and\\s+\`([^\`]+)\`)?\\s+(?:both\\s+|must\\s+|should\\s+|all\\s+)*(${zero}|${works})${ADVERB}$`,
    'i',
  )
  const match = said.match(pattern)
  if (match === null) return undefined
  const commands = [match[1] ?? '', ...(match[2] === undefined ? [] : [match[2]])]
  // `exits 0` marks any inline code as a command; a softer word only what looks like one.
  const explicit =
    new RegExp(zero, 'i').test(match[3] ?? '') || /^(?:the\s+)?(?:command|script|run|running|executing)\b/i.test(said)
  return explicit || commands.every(looksLikeCommand) ? typedCommand(commands) : undefined
}

function typedCommand(commands: readonly string[]): Typed {
  return { kind: 'command', command: commands.map((one) => one.replace(/^\$\s+/, '').trim()).join(' && ') }
}

const PROGRAMS =
  /^(?:npm|npx|pnpm|yarn|bun|node|deno|tsc|vitest|jest|eslint|biome|prettier|nx|make|just|cmake|ctest|bash|sh|docker|docker-compose|podman|kubectl|helm|terraform|go|gofmt|cargo|rustc|clippy|python3?|pip3?|uv|poetry|pytest|mypy|ruff|black|flake8|tox|ruby|bundle|rake|rspec|mvn|gradle|\.\/gradlew|dotnet|swift|xcodebuild|java|javac|php|composer|phpunit|mix|elixir|zig|git|curl|wget|psql|sqlite3|redis-cli|buf|protoc)$/

/** Whether inline code begins as a command does: with a program, or with a word and an option or path. */
export function looksLikeCommand(code: string): boolean {
  const [program = ''] = code
    .replace(/^\$\s+/, '')
    .trim()
    .split(/\s+/)
  return (
    PROGRAMS.test(program) ||
    /^\.{0,2}\/[\w./-]+$/.test(program) ||
    (/^[a-z][\w.-]*\s+(?:--?[a-z]|[a-z./])/.test(code) && !/[()]/.test(program))
  )
}

function exists(said: string): Typed | undefined {
  const after = said.match(
    /^(.+?)\s+(?:files?\s+|folders?\s+|director(?:y|ies)\s+)?(?:all\s+|both\s+|must\s+|should\s+)*(?:exists?|(?:is|are) (?:present|created)|(?:has|have) been created)$/i,
  )
  const before = said.match(
    /^(?:(?:the following\s+)?(?:files?|paths?|folders?|director(?:y|ies)))\s+(?:must\s+|should\s+)?(?:exists?|present|created)\s*:\s*(.+)$/i,
  )
  const list = before?.[1] ?? after?.[1]
  if (list === undefined) return undefined
  const globs = pathsIn(list.replace(/^(?:the\s+)?(?:files?|folders?|director(?:y|ies)|paths?)\s*:?\s+/i, ''))
  return globs === undefined ? undefined : { kind: 'path-exists', globs }
}

/** The paths of a list that holds nothing else; undefined where one of its words is no path. */
function pathsIn(list: string): readonly string[] | undefined {
  const parts = list
    .split(/\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s+&\s+)\s*/)
    .map((part) =>
      part
        .replace(/^`([^`]+)`(?:\s+(?:files?|folders?|director(?:y|ies)))?$/, '$1')
        .replace(/\s+(?:files?|folders?|director(?:y|ies))$/, ''),
    )
  const ok = parts.every((part) => looksLikePath(part) && pathProblem(tidyPath(part)) === undefined)
  return ok && parts.length > 0 ? parts.map(tidyPath) : undefined
}

function contains(said: string): Typed | undefined {
  const match = said.match(
    /^(?:(?:the\s+)?file\s+)?(`[^`]+`|[^\s`]+)\s+(?:contains?|includes?|mentions?|has)\s+(?:the\s+)?(?:(?:text|string|line|word|words|entry|phrase)\s+)?(?:`([^`]+)`|"([^"]+)"|“([^”]+)”|'([^']+)')$/i,
  )
  if (match === null) return undefined
  const path = tidyPath((match[1] ?? '').replaceAll('`', ''))
  const needle = match[2] ?? match[3] ?? match[4] ?? match[5] ?? ''
  if (!looksLikePath(path) || pathProblem(path) !== undefined || needle === '') return undefined
  return { kind: 'file-contains', path, needle }
}

const SERVING =
  /\b(?:listens?|listening|starts?|started|runs?|running|serves?|serving|served|responds?|responding|answers?|available|accessible|reachable|returns?|up|opens?|works?)\b/i

function serves(said: string): Typed | undefined {
  const start = said.match(
    /\s*[,(]?\s*\b(?:(?:when |once )?started (?:with|by|via)|start(?:s|ed)?(?: it)? with|after(?: running)?)\s*:?\s+`([^`]+)`\)?$/i,
  )
  const rest = start === null ? said : said.slice(0, start.index)
  const plain = rest.replaceAll('`', '')
  const url = plain.match(/(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})(\/[\w./~%-]*)?/i)
  const named =
    url === null
      ? plain.match(
          /\b(?:on|at|to)\s+(?:tcp\s+)?port\s+:?(\d{2,5})\b|\bport\s+(\d{2,5})\b|(?:^|\s)(?:on|at)\s+:(\d{2,5})\b/i,
        )
      : null
  const port = Number(url?.[1] ?? named?.[1] ?? named?.[2] ?? named?.[3])
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || !SERVING.test(plain)) return undefined
  // More than one claim ("… and migrations run") is not checked by a look at the port.
  const clauses = plain
    .split(/\s*(?:;|\band\b|,|\bwith(?! status)\b|\bwithin\b|\bwhile\b|\bbut\b)\s*/i)
    .filter((part) => part !== '')
  if (clauses.length > 1) return undefined
  const status = plain.match(
    /\b(?:returns?|responds?(?: with)?|answers?(?: with)?|status)\s+(?:with\s+)?(?:http\s+)?(?:status\s+)?(\d{3})\b/i,
  )?.[1]
  if (status !== undefined && status !== '200') return undefined
  const path = url?.[2] ?? plain.match(/(?:^|\s)(?:GET\s+)?(\/[\w./~%-]*)/)?.[1]
  return {
    kind: 'serves',
    port,
    ...(path === undefined ? {} : { path }),
    ...(start?.[1] === undefined ? {} : { start: start[1] }),
  }
}
