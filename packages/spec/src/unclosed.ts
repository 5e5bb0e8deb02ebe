import type { Code, Html, Nodes, RootContent } from 'mdast'
import type { Findings, Span } from './findings.ts'
import { type FieldName, fieldOf } from './label.ts'
import { readPhaseHeading } from './phase-heading.ts'

declare module 'mdast' {
  interface CodeData {
    /** Why the fence is taken to be closed by none of its own. */
    unclosed?: string
  }
}

/** Whether a fence is not closed where its writer meant it to be; known after `checkClosed`. */
export function isUnclosed(block: Code): boolean {
  return block.data?.unclosed !== undefined
}

/**
 * Finds fences and comments that are never closed, or that one further down closes by chance: all between is lost to the page.
 * Marks such fences, so that nothing in them is run.
 */
export function checkClosed(nodes: readonly RootContent[], source: string, findings: Findings): void {
  for (const node of nodes) visit(node, source, findings)
}

function visit(node: Nodes, source: string, findings: Findings): void {
  switch (node.type) {
    case 'code':
      checkFence(node, source, findings)
      return
    case 'html':
      checkHtml(node, source, findings)
      return
    case 'list':
    case 'listItem':
    case 'blockquote':
      for (const child of node.children) visit(child, source, findings)
  }
}

function checkFence(node: Code, source: string, findings: Findings): void {
  const start = node.position?.start.offset ?? 0
  const end = node.position?.end.offset ?? start
  const mark = /^(`{3,}|~{3,})/.exec(source.slice(start, start + 200))?.[1]
  if (mark === undefined) return
  const why = isEnded(source, start, end, mark) ? swallowedBy(node, mark) : 'it is never closed'
  if (why === undefined) return
  node.data = { ...node.data, unclosed: why }
  findings.add('unclosed-fence', lineAt(source, start), {
    message: `this fence takes in more than was probably meant: ${why}`,
    hint: `close it with ${mark} on a line of its own; around an example with fences put a longer one, ${mark}${mark[0]}`,
  })
}

function isEnded(source: string, start: number, end: number, mark: string): boolean {
  const lastStart = source.lastIndexOf('\n', end - 1) + 1
  if (lastStart <= start) return false
  const last = source
    .slice(lastStart, end)
    .replace(/^[\s>]+/, '')
    .trimEnd()
  return last.length >= mark.length && last === (mark[0] ?? '').repeat(last.length)
}

/** Languages whose text may well have headings, labels and fences in it. */
const DOCUMENTS = /^(?:md|markdown|mdx|text|txt|plain|plaintext|diff|patch|rst|adoc|asciidoc)$/
/** Languages in whose lines a label is no text of the program. */
const SHELLS = /^(?:|bash|sh|shell|zsh|console|shell-?session|terminal)$/

/** What a closed fence has in it that its writer would not have put there. */
function swallowedBy(node: Code, mark: string): string | undefined {
  const inner = new RegExp(`^ {0,3}\\${mark[0]}{${mark.length},}[ \\t]*[A-Za-z]`, 'm')
  if (inner.test(node.value)) return `another one opens inside it, and ends it`
  const language = (node.lang ?? '').toLowerCase()
  if (DOCUMENTS.test(language)) return undefined
  for (const [, words = ''] of node.value.matchAll(/^#{1,6}[ \t]+(.{1,200})$/gm)) {
    if (readPhaseHeading(words)?.form === 'phase') return `"${words.trim().slice(0, 60)}" is inside it`
  }
  if (!SHELLS.test(language)) return undefined
  const section = /\n[ \t]*\n#{2,6}[ \t]+([^\n]{1,200})\n[ \t]*\n/.exec(node.value)?.[1]
  if (section !== undefined) return `the heading "${section.trim().slice(0, 60)}" is inside it`
  for (const [, bold, plain] of node.value.matchAll(
    /^(?:\*\*([^*\n:]{1,60}):?\*\*:?|([A-Z][\w &/-]{1,50}):)(?=[ \t]|$)/gm,
  )) {
    const words = bold ?? plain ?? ''
    if (isTelling(fieldOf(words), words)) return `"${words}:" is inside it`
  }
  return undefined
}

/** Labels that hardly stand at the beginning of a line of code. */
function isTelling(field: FieldName | undefined, words: string): boolean {
  return field !== undefined && (/\s/.test(words) || field === 'gotchas' || field === 'modules')
}

function checkHtml(node: Html, source: string, findings: Findings): void {
  const start = node.position?.start.offset ?? 0
  const opened = node.value.match(/<!--|<(?:pre|textarea)\b|<\?|<!\[CDATA\[/i)
  if (opened === null) return
  const [close, name] = opened[0].startsWith('<!--')
    ? ['-->', 'comment']
    : opened[0] === '<?'
      ? ['?>', 'processing instruction']
      : opened[0].startsWith('<!')
        ? [']]>', 'CDATA section']
        : [`</${opened[0].slice(1).toLowerCase()}`, `${opened[0]}>`]
  // The last one that opens counts: those before it are closed.
  const last = node.value.toLowerCase().lastIndexOf(opened[0].toLowerCase())
  const from = last + opened[0].length
  const rest = node.value.toLowerCase().slice(from)
  if (!rest.includes(close) && !(opened[0] === '<!--' && /^-?>/.test(rest))) {
    findings.add('unclosed-comment', lineAt(source, start + last), {
      message: `this ${name} is never closed: all that follows is part of it, and not read`,
      hint: `close it with ${close}${close.startsWith('</') ? '>' : ''}`,
    })
  } else if (opened[0] === '<!--') {
    const nested = /<!--(?:(?!-->)[\s\S])*?<!--/.exec(node.value)
    if (nested === null) return
    findings.add('unclosed-comment', lineAt(source, start + nested.index), {
      message: 'this comment is closed by the end of one that opens inside it: what is between is not read',
      hint: 'close it with --> before the next one opens',
    })
  }
}

function lineAt(source: string, start: number): Span {
  const end = source.indexOf('\n', start)
  return { start, end: end < 0 ? source.length : end }
}
