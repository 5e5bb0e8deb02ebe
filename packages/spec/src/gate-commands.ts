import { looksLikeCommand } from './criterion.ts'
import type { Entry } from './entry.ts'

const SHELL = /^(?:bash|sh|shell|zsh|console|shell-?session|terminal|cmd|powershell|pwsh|)$/
const BETWEEN = /^(?:\s|and\b|then\b|[&|,;.:–—-])*$/
const NAMED = /^\s*[\p{L}\p{N} _/-]{0,40}[:–—-]\s*$/u

/** Whether entries are commands and nothing else, so that a label that says "tests" has them run. */
export function areCommands(entries: readonly Entry[]): boolean {
  return entries.length > 0 && entries.every(isCommand)
}

function isCommand(entry: Entry): boolean {
  if (entry.form === 'fence') return isShellFence(entry)
  const nested = [...(entry.children ?? []), ...(entry.fences ?? [])]
  const all = entry.lines.flatMap((line) => line.inlines)
  const codes = all.filter((inline) => inline.kind === 'code')
  if (nested.length > 0 && codes.length === 0) return /[:：]$/.test(entry.text) && areCommands(nested)
  if (!codes.every((code) => looksLikeCommand(code.text)) || codes.length === 0) return false
  if (entry.form === 'row') return true
  const outside = all.filter((inline) => inline.kind !== 'code').map(({ text }) => text)
  return outside.every((text, at) => BETWEEN.test(text) || (at === 0 && NAMED.test(text)))
}

/** Whether there is a command among entries, so that somebody may expect it to be run. */
export function haveCommands(entries: readonly Entry[]): boolean {
  return entries.some((entry) =>
    entry.form === 'fence'
      ? isShellFence(entry)
      : entry.lines.some((line) =>
          line.inlines.some(
            ({ kind, text, unseen }) => kind === 'code' && unseen === undefined && looksLikeCommand(text),
          ),
        ) || haveCommands([...(entry.children ?? []), ...(entry.fences ?? [])]),
  )
}

/** A fence of a shell, or of no named language that begins as a command does. */
export function isShellFence({ language, text }: Entry): boolean {
  if (!SHELL.test(language ?? '')) return false
  const first = text.split('\n').find((line) => line.trim() !== '' && !/^\s*#/.test(line))
  return first !== undefined && (language !== '' || looksLikeCommand(first.trim()))
}
