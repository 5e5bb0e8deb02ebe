import { looksLikeCommand } from './criterion.ts'
import type { Entry } from './entry.ts'
import type { Findings } from './findings.ts'
import { areCommands } from './gate-commands.ts'
import type { Line } from './inline.ts'
import type { TestCommand } from './plan.ts'
import { hidesCharacters } from './printable.ts'
import type { Source } from './source.ts'
import { hasLink, unseenIn } from './unseen.ts'

const NOTHING = /^(?:n\/?a|none|nothing|tbd|to be (?:defined|decided|determined)|todo|[-–—]+|manual|-)\.?$/i

/**
 * Reads test command fields. Inline code and fences are commands as written; plain text is one where it does not read like a sentence:
 * prose is never run. What a reader of the rendered page does not see, or sees struck out, is never run either.
 */
export function readTestCommands(
  entries: readonly Entry[],
  source: Source,
  findings: Findings,
): readonly TestCommand[] {
  // Where there is a fence or a list, running text beside it introduces it.
  const marked = entries.some((entry) => entry.form !== 'text')
  return entries.flatMap((entry) => {
    if (entry.form === 'text' && marked && !areCommands([entry])) return []
    const range = source.range(entry.start, entry.end)
    return commandsOf(entry, source, findings).flatMap((command) => {
      if (!hidesCharacters(command)) return [{ command, range }]
      notRun(entry, 'this holds an invisible character, and is not run', 'type the command anew', findings)
      return []
    })
  })
}

function notRun(entry: Entry, message: string, hint: string, findings: Findings): void {
  findings.add('not-a-command', { start: entry.start, end: entry.end }, { message, hint })
}

const UNSEEN: Readonly<Record<NonNullable<ReturnType<typeof unseenIn>>, readonly [message: string, hint: string]>> = {
  struck: ['this is struck out, and is not run', 'take it out, or write it without "~~"'],
  image: ["an image's text is not run", 'write the command in backticks'],
  html: [
    'a reader may not see what HTML tags enclose, so it is not run',
    'write the command in backticks, without tags',
  ],
}

function commandsOf(entry: Entry, source: Source, findings: Findings): readonly string[] {
  if (entry.form === 'fence') {
    if (!entry.unclosed) return scriptCommands(entry.text)
    notRun(
      entry,
      'this fence is not closed where it was meant to be, so nothing of it is run',
      'close the fence',
      findings,
    )
    return []
  }
  const all = entry.lines.flatMap((line) => line.inlines)
  const codes = all.flatMap((inline) =>
    inline.kind === 'code' && inline.unseen === undefined ? [inline.text.trim()] : [],
  )
  const below = [...(entry.children ?? []), ...(entry.fences ?? [])].toSorted((a, b) => a.start - b.start)
  const nested = below.flatMap((child) => commandsOf(child, source, findings))
  if (all.some((inline) => inline.kind === 'text' && inline.text.includes('`'))) {
    notRun(
      entry,
      'a backtick here has no other, so it is not clear what the command is',
      'put the whole command in backticks: `npm test`',
      findings,
    )
    return nested
  }
  const unseen = unseenIn(entry.lines, source.text)
  if (unseen !== undefined) {
    const [message, hint] = UNSEEN[unseen]
    notRun(entry, message, hint, findings)
    // Of several commands that were marked one by one, those that can be seen are run.
    return [...codes.map(stripPrompt).filter((code) => code !== ''), ...nested]
  }
  if (entry.form === 'row' && codes.length === 0 && entry.text !== '' && !NOTHING.test(entry.text)) {
    notRun(entry, 'no cell of this row is marked as a command', 'put the command in backticks: `npm test`', findings)
    return nested
  }
  // An item that names those below it.
  if (below.length > 0 && codes.length === 0 && !looksLikeCommand(entry.text)) return nested
  if (entry.form === 'row' || codes.length > 0) {
    const plain = all.filter((inline) => inline.kind !== 'code')
    const outside = plain.map((inline) => inline.text).join(' ')
    // `cd api` && `npm test` is one command whose parts were marked one by one.
    if (codes.length > 1 && /^[\s&|;]*(?:&&|\|\|)[\s&|;]*$/.test(outside))
      return [rawCommand(entry.lines, source.text).replaceAll('`', ''), ...nested]
    return [...codes.map(stripPrompt).filter((code) => code !== ''), ...nested]
  }
  const lines = joinContinued(entry.lines.map((line) => rawCommand([line], source.text)))
  return [
    ...lines.filter((line) => {
      if (line === '' || NOTHING.test(line)) return false
      if (!readsLikeProse(line)) return true
      const hint = 'put the command in backticks: Test Command: `npm test`'
      notRun(entry, 'this reads like a sentence, and is not run', hint, findings)
      return false
    }),
    ...nested,
  ]
}

/** The text of lines as written, since a shell reads stars and underscores itself. Bold around the whole is the writer's markup. */
function rawCommand(lines: readonly Line[], text: string): string {
  const first = lines[0]
  const last = lines.at(-1)
  if (first === undefined || last === undefined) return ''
  const inlines = lines.flatMap((line) => line.inlines)
  // Of a link the reader sees the words.
  if (lines.some((line) => hasLink(line, text))) {
    const words = inlines.map((inline) => (inline.kind === 'url' ? '' : text.slice(inline.start, inline.end)))
    return stripPrompt(withoutEscapes(words.join('')).trim())
  }
  const marked = first.inlines.length === 1 && first.inlines[0]?.kind === 'mark'
  const plain = inlines.every((inline) => inline.kind === 'text')
  const raw = marked
    ? (first.inlines[0]?.text ?? '')
    : text.slice(first.start, plain ? lineEnd(text, last.end) : last.end)
  return stripPrompt(withoutEscapes(raw.replace(/<!--[\s\S]*?-->/g, '')).trim())
}

function lineEnd(text: string, at: number): number {
  const end = text.slice(at, at + 3).match(/^(?:\*{1,3}|_{1,3})/)?.[0].length ?? 0
  return at + end
}

/** Markdown's escapes, undone as Markdown undoes them. */
function withoutEscapes(raw: string): string {
  return raw
    .replace(/\\([*_`[\]<>#|~])/g, '$1')
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
}

function stripPrompt(command: string): string {
  return command.replace(/^(?:\$|>|❯)\s+/, '').trim()
}

function joinContinued(lines: readonly string[]): readonly string[] {
  const joined: string[] = []
  for (const line of lines) {
    const before = joined.at(-1)
    if (before !== undefined && /(?:&&|\|\||\||\\)$/.test(before))
      joined[joined.length - 1] = `${before.replace(/\\$/, '').trim()} ${line}`
    else joined.push(line)
  }
  return joined
}

/** A fence: a command per line where the lines are independent; one script that stops at the first failure where they build on each other. */
function scriptCommands(script: string): readonly string[] {
  const prompted = /^\s*\$\s/m.test(script)
  const lines = script
    .split('\n')
    .filter((line) => !prompted || /^\s*\$\s/.test(line))
    .map((line) => stripPrompt(line.trimEnd()))
  const live = lines.filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
  if (live.length <= 1) return live.map((line) => line.trim())
  const joined = joinContinued(live.map((line) => line.trim()))
  if (joined.every((line) => !BUILDS_ON.test(line))) return joined
  return [`set -e\n${lines.join('\n').trim()}`]
}

/** What makes a shell line change how the lines after it work, or span several. */
const BUILDS_ON =
  /^(?:cd|pushd|popd|export|source|\.|set|unset|alias|trap|if|then|else|fi|for|while|do|done|case|esac|function|exit|wait|[A-Za-z_]\w*=|[{}()])(?:\s|$|[^\s]*$)|<<|[^&]&$|\(\)\s*\{/

function readsLikeProse(line: string): boolean {
  const words = line.split(/\s+/)
  if (words.length < 3) return false
  if (/[|&;<>$={}\\]|(?:^|\s)--?[a-zA-Z]|\/|\.\w+(?:\s|$)/.test(line))
    return /^[A-Z][a-z]+ [a-z]+ .*[a-z]\.$/.test(line) && !/&&|\|\|/.test(line)
  return /^[A-Z][a-z]+$/.test(words[0] ?? '') && words.length >= 3
}
