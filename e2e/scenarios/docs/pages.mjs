/**
 * What a page of the documentation asks its reader to do, as steps in the order of the page.
 *
 * A fence of the language `sh` holds commands. A fence `text` directly behind one is what they print. Invisible comments direct the rest:
 *
 *   <!-- docs-test: file=PATH -->               the next fence is the content of that file
 *   <!-- docs-test: replace LINE in PATH -->    the next fence takes the place of that line
 *   <!-- docs-test: skip because REASON -->     the next fence cannot run here
 *   <!-- docs-test: fails -->                   the last command of the next fence exits with an error
 *   <!-- docs-test: shows TEXT -->              what the next fence prints contains this
 *   <!-- docs-test: lacks TEXT -->              what the next fence prints does not contain this
 *   <!-- docs-test: run COMMAND -->             a command that the reader does not see
 *   <!-- docs-test: background COMMAND -->      the same, until the page ends
 *   <!-- docs-test: agents play SCORES -->      what the agents' stand-ins do from here on; see scores.mjs
 *   <!-- docs-test: keep NAME -->               keeps the current folder for pages that start from it
 *   <!-- docs-test: folder NAME -->             continues in a copy of the folder of that name
 *
 * @typedef {{ line: number }} Place
 * @typedef {Place & ({ kind: 'run', fence: number, command: string, fails: boolean, hidden: boolean }
 *   | { kind: 'write', path: string, text: string }
 *   | { kind: 'replace', path: string, old: string, text: string }
 *   | { kind: 'skip', command: string, why: string }
 *   | { kind: 'shown' | 'lacks', text: string }
 *   | { kind: 'agents' | 'background' | 'keep' | 'folder', name: string })} Step
 */

const alone = /^(run|background|agents play|keep|folder) (.+)$/s
const aboutFence =
  /^(?:file=(?<file>\S+)|replace (?<old>.+) in (?<path>\S+)|skip because (?<why>.+)|(?<fails>fails)|shows (?<shows>.+)|lacks (?<lacks>.+))$/s

/**
 * @param {string} text
 * @param {{ section?: string }} [options] only what is under this heading of the second level
 * @returns {Step[]}
 */
export function stepsOf(text, { section } = {}) {
  const steps = []
  let pending = []
  for (const part of partsOf(text, section)) {
    if (part.kind === 'directive') {
      const [, verb, value = ''] = part.words.match(alone) ?? []
      const about = part.words.match(aboutFence)?.groups
      if (verb === 'run')
        steps.push({ kind: 'run', line: part.line, fence: part.line, command: value, fails: false, hidden: true })
      else if (verb !== undefined) steps.push({ kind: verb.split(' ', 1)[0], line: part.line, name: value })
      else if (about) pending.push(about)
      else throw new Error(`line ${part.line}: unknown directive: ${part.words}`)
    } else {
      steps.push(...stepsOfFence(part, Object.assign({}, ...pending.map(defined)), steps.at(-1)))
      pending = []
    }
  }
  if (pending.length > 0) throw new Error('a directive has no fence behind it')
  return steps
}

const defined = (about) => Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined))

function stepsOfFence({ line, language, text, follows }, about, before) {
  if (about.file !== undefined) return [{ kind: 'write', line, path: about.file, text }]
  if (about.old !== undefined) return [{ kind: 'replace', line, path: about.path, old: about.old, text }]
  if (language === 'text' && follows && ['run', 'shown', 'lacks'].includes(before?.kind))
    return [{ kind: 'shown', line, text }]
  if (language !== 'sh') return []
  const commands = commandsOf(text, line + 1)
  if (about.why !== undefined)
    return commands.map(({ command, line: at }) => ({ kind: 'skip', line: at, command, why: about.why }))
  return [
    ...commands.map(({ command, line: at }, index) => ({
      kind: 'run',
      line: at,
      fence: line,
      command,
      fails: about.fails !== undefined && index === commands.length - 1,
      hidden: false,
    })),
    ...(about.shows === undefined ? [] : [{ kind: 'shown', line, text: about.shows }]),
    ...(about.lacks === undefined ? [] : [{ kind: 'lacks', line, text: about.lacks }]),
  ]
}

/** The commands of a fence. A line that ends in a backslash continues in the next one; lines that are only a comment say nothing. */
export function commandsOf(text, firstLine) {
  const commands = []
  let open
  for (const [index, line] of text.split('\n').entries()) {
    if (open === undefined && /^\s*(?:#.*)?$/.test(line)) continue
    open = { line: open?.line ?? firstLine + index, command: `${open ? `${open.command}\n` : ''}${line}` }
    if (line.endsWith('\\')) continue
    commands.push(open)
    open = undefined
  }
  if (open) throw new Error(`line ${open.line}: the command does not end`)
  return commands
}

/** Directives and fences, in order. `follows`: nothing but blank lines and directives since the fence before. */
function* partsOf(text, section) {
  let inside = section === undefined
  let fence
  let comment
  let follows = false
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1
    if (fence) {
      if (line.trim() === fence.mark) {
        if (inside) yield { kind: 'fence', ...fence, text: fence.lines.map((each) => `${each}\n`).join('') }
        fence = undefined
        follows = true
      } else fence.lines.push(line)
      continue
    }
    if (comment) {
      comment.lines.push(line)
    } else if (line.startsWith('<!-- docs-test: ')) comment = { line: number, lines: [line] }
    if (comment) {
      if (!line.endsWith('-->')) continue
      const words = comment.lines.join('\n').slice('<!-- docs-test: '.length, -'-->'.length).trim()
      if (inside) yield { kind: 'directive', line: comment.line, words }
      comment = undefined
      continue
    }
    const [, mark, language] = line.match(/^(`{3,})(\w*)/) ?? []
    if (mark !== undefined) fence = { line: number, mark, language, lines: [], follows }
    else if (line.trim() !== '') {
      follows = false
      if (section !== undefined && line.startsWith('## ')) inside = line === `## ${section}`
    }
  }
  if (fence || comment) throw new Error(`line ${(fence ?? comment).line}: the fence or comment is never closed`)
}
