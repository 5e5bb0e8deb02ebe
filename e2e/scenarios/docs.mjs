/**
 * `npm run e2e -- docs [--pages RE] [--kept FOLDER]`
 *
 * Types every command that the documentation tells its reader to type, in the order of the page, with the packed plugin from a registry.
 * Each page starts in an empty folder, or from a folder that another page kept. Agents' programs are stand-ins that play a score.
 * `--kept` keeps such folders for later calls, so that a page can be written without its predecessors being typed again.
 * See docs/pages.mjs for the directives in the Markdown. Links between all pages are checked, too. Takes the npm registry.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeTally } from '../proof/tally.mjs'
import { emptyFolder, packPlugin, personEnvironment } from '../rig/packed.mjs'
import { registryWith } from '../rig/registry.mjs'
import { brokenLinks } from './docs/links.mjs'
import { stepsOf } from './docs/pages.mjs'
import { scoreOf } from './docs/scores.mjs'
import { walkPage } from './docs/walk.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({ options: { pages: { type: 'string', default: '' }, kept: { type: 'string' } } })

const markdownIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)

function readPages() {
  const files = ['README.md', 'packages/nx-conduct/README.md', ...markdownIn('docs/guide')]
  return files.map((name) => {
    const section = name === 'README.md' ? 'Use it in a workspace' : undefined
    try {
      return { name, steps: stepsOf(readFileSync(join(root, name), 'utf8'), { section }) }
    } catch (error) {
      throw new Error(`${name}: ${error.message}`, { cause: error })
    }
  })
}

const namesOf = ({ steps }, kind) => steps.filter((step) => step.kind === kind).map(({ name }) => name)

/** The chosen pages, each behind the pages whose folders it starts from. */
function inOrder(pages, isChosen, isKept) {
  const ordered = new Set()
  const add = (page) => {
    for (const folder of namesOf(page, 'folder')) {
      if (isKept(folder)) continue
      const from = pages.find((each) => namesOf(each, 'keep').includes(folder))
      if (!from) throw new Error(`${page.name}: no page keeps the folder ${folder}`)
      if (from !== page && !ordered.has(from)) add(from)
    }
    ordered.add(page)
  }
  for (const page of pages.filter(isChosen)) if (!ordered.has(page)) add(page)
  return [...ordered]
}

/** A home folder of somebody who commits and who is logged in to agents. */
function makeHome(home) {
  mkdirSync(join(home, '.claude'), { recursive: true })
  writeFileSync(join(home, '.claude/.credentials.json'), '{}\n')
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Somebody\n\temail = somebody@localhost\n')
}

/** The programs of agents, which play the score in that file. */
function makeStandIns(bin, score) {
  mkdirSync(bin, { recursive: true })
  const program = join(bin, 'claude')
  const standIn = fileURLToPath(new URL('../rig/claude.mjs', import.meta.url))
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${score}' "$@"\n`)
  chmodSync(program, 0o755)
}

const npmSetting = (key) =>
  execFileSync('npm', ['config', 'get', key], { encoding: 'utf8', env: personEnvironment() }).trim()

const tally = makeTally()
const { folder: top, remove } = emptyFolder('docs')
const packed = packPlugin(top)
const registry = await registryWith(packed, packed.file, npmSetting('registry'))
try {
  const places = {
    home: join(top, 'home'),
    bin: join(top, 'bin'),
    score: join(top, 'score.yaml'),
    keep: resolve(values.kept ?? join(top, 'kept')),
  }
  makeHome(places.home)
  makeStandIns(places.bin, places.score)
  const env = personEnvironment({
    HOME: places.home,
    PATH: `${places.bin}:${process.env.PATH}`,
    npm_config_registry: registry.url,
    npm_config_cache: npmSetting('cache'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  })
  for (const name of Object.keys(env)) if (name.startsWith('XDG_')) delete env[name]
  const isChosen = ({ name }) => new RegExp(values.pages).test(name)
  const isKept = (name) => existsSync(join(places.keep, name))
  const pages = readPages()
  const at = { top, keep: places.keep, score: places.score, scoreOf: (names) => scoreOf(names, pages), env, tally }
  for (const page of inOrder(pages, isChosen, isKept)) await walkPage(page, at)
  const linked = [
    'README.md',
    'packages/nx-conduct/README.md',
    'CONTRIBUTING.md',
    ...['guide', 'reference', 'internals'].flatMap((name) => markdownIn(`docs/${name}`)),
  ]
  for (const name of linked) tally.ended(`links of ${name}`, brokenLinks(join(root, name), root))
} finally {
  registry.close()
  remove()
}
tally.close({ mostSkipped: Number.POSITIVE_INFINITY })
