/**
 * `npm run e2e -- terminal [--rows RE] [--show NAME] [--keep]`
 *
 * Runs `nx run spec:conduct` in real terminals: a good run, a red gate, a failed agent, Ctrl-C and q, in the terminal UI of Nx and in plain
 * lines, wide and narrow. Compares what a person has to see, while it runs, when the UI is about to close and afterwards. The
 * recordings stay in tmp/terminal; `--show NAME` prints one, by a part of its name.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endProcessesIn, eventually, processesIn } from '../proof/left-behind.mjs'
import { makeTally } from '../proof/tally.mjs'
import { makeTemplate } from '../proof/workspace.mjs'
import { cells, longModule } from './terminal/cells.mjs'
import { hasTmux, tmuxServer } from './terminal/tmux.mjs'

const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const recordings = join(repositoryRoot, 'tmp', 'terminal')
const runMs = 120_000

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    show: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

if (values.show !== undefined) show(values.show)
else if (!hasTmux) console.log('skipped: tmux is not installed; install it with: apt-get install tmux')
else await record(cells.filter(({ name }) => new RegExp(values.rows).test(name)))

async function record(chosen) {
  const tally = makeTally()
  const server = tmuxServer()
  mkdirSync(recordings, { recursive: true })
  try {
    for (const cell of chosen) {
      const top = await realpath(await mkdtemp(join(tmpdir(), 'nx-conduct-terminal-')))
      try {
        const { problems, recording } = await play(server, cell, top)
        writeFileSync(fileOf(cell.name), recording)
        tally.ended(cell.name, problems)
      } catch (error) {
        tally.ended(cell.name, [error.message])
      } finally {
        endProcessesIn(top)
        if (!values.keep) await rm(top, { recursive: true, force: true })
      }
    }
  } finally {
    server.close()
  }
  tally.close()
}

async function play(server, cell, top) {
  const { size, mode, key } = cell
  const root = await makeWorkspace(top, cell)
  const terminal = server.open(cell.name.replaceAll(/\W+/g, '-'), { ...size, cwd: root, env: environment(top) })
  try {
    const style = mode === 'plain' ? ' --outputStyle=stream' : ''
    terminal.type(`node_modules/.bin/nx run spec:conduct${style}; echo "ended with $?"`)
    terminal.press('Enter')
    const isWorking = (screen) => /▸ ?impl/.test(screen) || /ended with\s+\d/.test(screen)
    const during = await terminal.until('an agent works', isWorking, runMs)
    if (key !== undefined) terminal.press(key)
    const isOver = (screen) =>
      /ended with\s+\d/.test(screen) || (mode === 'tui' && cell.ui.length > 0 && isAtEnd(screen))
    const ui = await terminal.until('the run ends', isOver, runMs)
    // The UI stays open where more than one task failed.
    if (!/ended with\s+\d/.test(ui)) terminal.press('q')
    const screen = await terminal.until('the command ends', (now) => /ended with\s+\d/.test(now), runMs)
    const all = terminal.all()
    const problems = [...compare(cell, { during, ui, screen, all }), ...(await left(top))]
    return { problems, recording: recordingOf({ during, ui, all }) }
  } finally {
    terminal.close()
  }
}

/** The pane of the UI has the failed task `conduct`, after everything else. */
function isAtEnd(screen) {
  return /✖ +spec:conduct +━/.test(screen) && squashed(paneOf(screen)).includes(squashed('main has not moved'))
}

function compare(cell, { during, ui, screen, all }) {
  const { mode, exit, once } = cell
  const problems = []
  const expect = (where, text, wanted) => {
    const found = typeof wanted === 'string' ? squashed(text).includes(squashed(wanted)) : wanted.test(text)
    if (!found) problems.push(`not seen ${where}: ${wanted}`)
  }
  for (const wanted of cell.all) expect('in all that is printed', all, wanted)
  for (const wanted of cell.screen) expect('on the screen at the end', screen, wanted)
  if (mode === 'tui') {
    for (const wanted of cell.ui) expect('in the UI before it closes', paneOf(ui), wanted)
    expect('in the UI while it runs', paneOf(during), '▸ implementation-executor')
  } else if (cell.key === undefined) {
    expect('as a line of its own', all, new RegExp(`phase 1 implement ${longModule} ▸ implementation-executor on `))
  }
  for (const text of once) {
    const times = squashed(all).split(squashed(text)).length - 1
    if (times !== 1) problems.push(`printed ${times} times: ${text}`)
  }
  if (/turn 1,/.test(all)) problems.push('turns of agents are printed without --verbose')
  const code = Number(/ended with\s+(\d+)/.exec(screen)?.[1])
  if (!exit(code)) problems.push(`the exit code is ${code}`)
  return problems
}

async function left(top) {
  // The terminal itself and its shell are ours.
  const others = () => processesIn(top).filter((line) => !/^\d+ (?:tmux|bash --norc) /.test(line))
  return (await eventually(() => others().length === 0, 8_000)) ? [] : [`still running: ${others().join('; ')}`]
}

/** The text in the right-hand pane of the UI; the whole screen where there is none. */
function paneOf(screen) {
  const rows = screen
    .split('\n')
    .flatMap((row) => /[┃│](?: {2}| {2}█ )(.*?)\s*[┃│║█]?\s*$/.exec(row.slice(20))?.[1] ?? [])
  return rows.length === 0 ? screen : rows.join('')
}

/** A narrow pane breaks lines within words. */
function squashed(text) {
  return text.replaceAll(/\s+/g, '')
}

async function makeWorkspace(top, { spec, score }) {
  await makeTemplate(top, {
    spec,
    score,
    files: {
      'nx.json': `${JSON.stringify({ plugins: ['nx-conduct'], analytics: false })}\n`,
      '.gitignore': 'node_modules\n.nx\n.conduct\n',
    },
  })
  const root = join(top, 'workspace')
  await symlink(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'))
  for (const folder of ['home', 'person', 'tmp']) mkdirSync(join(top, folder))
  return root
}

/** Of this process's environment the path alone, so that Nx takes the terminal for a person's. */
function environment(top) {
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(top, 'person'),
    TMPDIR: join(top, 'tmp'),
    NX_CONDUCT_HOME: join(top, 'home'),
    NX_DAEMON: 'false',
    TERM: 'tmux-256color',
    LANG: 'C.UTF-8',
  }
}

function recordingOf({ during, ui, all }) {
  const part = (title, text) => `---- ${title} ----\n${text.replaceAll(/[ \n]+$/g, '')}\n`
  return part('while it runs', during) + part('when it ends', ui) + part('all that the terminal has', all)
}

function fileOf(name) {
  return join(recordings, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.txt`)
}

function show(name) {
  const wanted = fileOf(name)
  const files = readdirSync(recordings, { withFileTypes: true }).map((entry) => join(recordings, entry.name))
  const found =
    files.find((file) => file === wanted) ??
    files.find((file) => file.includes(wanted.slice(recordings.length + 1, -4)))
  if (found === undefined) {
    console.log(`there is no recording ${name}; make them with: npm run e2e -- terminal`)
    process.exitCode = 1
    return
  }
  console.log(readFileSync(found, 'utf8'))
}
