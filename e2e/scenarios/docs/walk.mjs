import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { shellIn } from './shell.mjs'
import { notPrinted } from './shown.mjs'

function titleOf(step) {
  switch (step.kind) {
    case 'run':
    case 'skip':
      return step.command.replace(/\s*\\\n\s*/g, ' ').replace(/\s+#\s.*$/, '')
    case 'shown':
      return 'prints what the page shows'
    case 'lacks':
      return `does not print: ${step.text}`
    default:
      return `${step.kind} ${step.path ?? step.name}`
  }
}

/**
 * Does what a page asks for, in an empty folder. The first step that fails ends the page: what follows builds on it.
 * `keep` is where folders are kept by name, `score` the file that the agents' stand-ins play; `scoreOf` makes it.
 */
export async function walkPage({ name, steps }, { top, keep, score, scoreOf, env, tally }) {
  const slug = name.replaceAll(/\W+/g, '-')
  const start = join(top, 'pages', slug)
  mkdirSync(start, { recursive: true })
  const shell = shellIn(start, { state: join(top, 'state', slug), env })
  const started = []
  let copies = 0
  let printed = { fence: 0, text: '' }

  /** Returns what is wrong, with the output as evidence. */
  const act = async (step) => {
    switch (step.kind) {
      case 'run': {
        const { exitCode, output } = await shell.run(step.command)
        printed = { fence: step.fence, text: `${step.fence === printed.fence ? printed.text : ''}${output}` }
        const asExpected = step.fails ? exitCode !== 0 : exitCode === 0
        return asExpected ? undefined : { problem: `exit code ${exitCode}`, evidence: output.slice(-6000) }
      }
      case 'write': {
        const path = join(shell.folder(), step.path)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, step.text)
        return
      }
      case 'replace': {
        const path = join(shell.folder(), step.path)
        const text = readFileSync(path, 'utf8')
        if (!text.split('\n').includes(step.old))
          return { problem: `${step.path} has no line: ${step.old}`, evidence: text }
        writeFileSync(
          path,
          text.replace(`${step.old}\n`, () => step.text),
        )
        return
      }
      case 'shown': {
        const missing = notPrinted(step.text, printed.text)
        return missing.length === 0
          ? undefined
          : { problem: `not printed: ${missing.join('\n      ')}`, evidence: printed.text.slice(-12000) }
      }
      case 'lacks':
        return printed.text.includes(step.text)
          ? { problem: `printed: ${step.text}`, evidence: printed.text }
          : undefined
      case 'agents':
        writeFileSync(score, scoreOf(step.name))
        return
      case 'background':
        started.push(shell.start(step.name))
        return
      case 'keep':
        cpSync(shell.folder(), join(keep, step.name, basename(shell.folder())), {
          recursive: true,
          verbatimSymlinks: true,
        })
        return
      case 'folder': {
        const kept = join(keep, step.name)
        if (!existsSync(kept)) return { problem: `no page kept the folder ${step.name}`, evidence: '' }
        copies += 1
        const copy = `${start}-${copies}`
        cpSync(kept, copy, { recursive: true, verbatimSymlinks: true })
        shell.go(join(copy, readdirSync(kept)[0] ?? ''))
        return
      }
      case 'skip':
        return
      default:
        throw new Error(`unknown step ${step.kind}`)
    }
  }

  try {
    await actAll()
  } finally {
    for (const stop of started) stop()
  }

  async function actAll() {
    for (const [index, step] of steps.entries()) {
      const startedMs = performance.now()
      const wrong = await act(step)
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      const title = `${name}:${step.line}  ${titleOf(step)}${step.kind === 'run' ? `  (${seconds} s)` : ''}`
      if (wrong) {
        tally.ended(title, [wrong.problem], wrong.evidence)
        const left = steps.slice(index + 1).filter(isVisible).length
        if (left > 0) console.log(`    ${left} further steps of ${name} were not reached`)
        return
      }
      if (step.kind === 'skip') tally.skipped(title, step.why)
      else if (isVisible(step)) tally.ended(title, [])
    }
  }
}

const isVisible = (step) => ['shown', 'lacks'].includes(step.kind) || (step.kind === 'run' && !step.hidden)
