import type { Diagnostic, Range, Severity } from '../diagnostic.ts'
import { printableLine } from '../printable.ts'
import { lineStarts } from '../source.ts'

export interface FormatOptions {
  /** The spec's text, as it was compiled. */
  readonly text: string
  /** How the spec is called in the output. */
  readonly path: string
  /** Whether to colour with ANSI escapes. */
  readonly color: boolean
}

const COLORS: Readonly<Record<Severity, string>> = { error: '31', warning: '33', info: '36' }
const WIDTH = 160

/** The password of a URL. */
const PASSWORD = /(:\/\/[^\s/:@]{0,200}:)(?!\d{1,5}[/?#])([^\s"'<>]{1,500})(?=@)/g

/**
 * Shows findings as a compiler does: `path:line:column`, the line, the squiggle, the hint, related places; errors, warnings and infos counted
 * at the end. Control and invisible characters are written out. Empty for no findings.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: FormatOptions): string {
  if (diagnostics.length === 0) return ''
  const paint = (code: string, text: string): string => (options.color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = linesOf(options.text)
  const blocks = diagnostics.map((finding) => {
    const color = COLORS[finding.severity]
    const head = `${paint('1', place(options.path, finding.range))} ${paint(color, finding.severity)} ${visible(finding.message)} ${paint('2', `[${finding.code}]`)}`
    const related = (finding.related ?? []).flatMap((other) => [
      `  ${paint('1', place(options.path, other.range))} ${visible(other.message)}`,
      ...excerpt(lines, other.range, '-', (text) => paint('2', text)),
    ])
    const hint = finding.hint === undefined ? [] : [`  ${paint('32', 'hint:')} ${visible(finding.hint)}`]
    return [head, ...excerpt(lines, finding.range, '~', (text) => paint(color, text)), ...hint, ...related].join('\n')
  })
  return `${blocks.join('\n\n')}\n\n${summary(diagnostics)}\n`
}

function place(path: string, range: Range): string {
  return `${visible(path)}:${range.start.line}:${range.start.column}`
}

function linesOf(text: string): (line: number) => string {
  const bom = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const starts = lineStarts(text, bom)
  return (line) => {
    const start = starts[line - 1]
    const shown = start === undefined ? '' : text.slice(start, starts[line] ?? text.length).replace(/[\r\n]+$/, '')
    // Findings are printed in logs that more people read than the spec. The line keeps its length, so squiggles stay in place.
    return shown.replace(PASSWORD, (_, before: string, password: string) => before + '*'.repeat(password.length))
  }
}

function excerpt(
  lines: (line: number) => string,
  range: Range,
  mark: string,
  paint: (text: string) => string,
): readonly string[] {
  const raw = lines(range.start.line)
  const first = range.start.column - 1
  const last = range.end.line === range.start.line ? range.end.column - 1 : raw.length
  // A long line is shown from a little before the place that is meant.
  const from = first > WIDTH - 40 ? first - 20 : 0
  const shown = visible(raw.slice(from, from + WIDTH))
  const gutter = String(range.start.line)
  const pad = ' '.repeat(gutter.length)
  const before = columns(visible(raw.slice(from, first)))
  const length = Math.max(1, columns(visible(raw.slice(first, Math.min(last, from + WIDTH)))))
  return [`  ${gutter} | ${shown}`, `  ${pad} | ${' '.repeat(before)}${paint(mark.repeat(length))}`]
}

function visible(text: string): string {
  return printableLine(text.replaceAll('\t', '    '))
}

/** Columns that text takes in a terminal: wide characters two, marks none. */
function columns(text: string): number {
  let count = 0
  for (const char of text) {
    if (/\p{M}|\u200d|\ufe0f/u.test(char)) continue
    count +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u.test(
        char,
      )
        ? 2
        : 1
  }
  return count
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity, one: string, many: string): readonly string[] => {
    const found = diagnostics.filter((finding) => finding.severity === severity).length
    return found === 0 ? [] : [`${found} ${found === 1 ? one : many}`]
  }
  return [
    ...count('error', 'error', 'errors'),
    ...count('warning', 'warning', 'warnings'),
    ...count('info', 'note', 'notes'),
  ].join(', ')
}
