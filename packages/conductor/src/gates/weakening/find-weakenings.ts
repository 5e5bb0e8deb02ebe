import { basename, dirname } from 'node:path/posix'
import { changedPaths, changedTexts, type Oid, type Repository, readFileAt } from '@nx-conduct/git'
import { lintersIn, mayConfigure } from '../lint/configurations.ts'
import { faultOfTestLine, isTestFile, testsIn } from './tests-in.ts'

/** Trees between which a fixing agent worked, and the one that the phase started from. */
export interface Between {
  readonly before: Oid
  readonly after: Oid
  readonly base: Oid
}

/**
 * How a change weakens the checks that judge it, a sentence each: tests and assertions that are gone or do not run, scripts that check
 * less, findings that are silenced, settings of runners, linters and CI that let more pass. Judged by form: a sentence may be wrong, and then
 * a person allows it.
 */
export async function findWeakenings(repo: Repository, between: Between): Promise<readonly string[]> {
  return [
    ...(await lostTests(repo, between)),
    ...(await weakerScripts(repo, between)),
    ...(await lostLinters(repo, between)),
    ...(await weakerLines(repo, between)),
  ]
}

/** Over all files together, since tests may move. */
async function lostTests(repo: Repository, { before, after }: Between): Promise<readonly string[]> {
  const sums = { tests: 0, assertions: 0 }
  const losers = { tests: [] as string[], assertions: [] as string[] }
  const kinds = ['tests', 'assertions'] as const
  for (const { path } of await changedPaths(repo, before, after)) {
    if (!isTestFile(path)) continue
    const [had, has] = await Promise.all(
      [before, after].map(async (tree) => testsIn(path, (await readFileAt(repo, tree, path)) ?? '')),
    )
    for (const kind of kinds) {
      const change = (has?.[kind] ?? 0) - (had?.[kind] ?? 0)
      sums[kind] += change
      if (change < 0) losers[kind].push(path)
    }
  }
  // Where tests went, their assertions went with them.
  const kind = kinds.find((each) => sums[each] < 0)
  if (kind === undefined) return []
  const count = -sums[kind]
  return [`${count} ${count === 1 ? kind.slice(0, -1) : kind} fewer in ${losers[kind].slice(0, 5).join(', ')}`]
}

const checking = /test|lint|check|verify|types?\b|\bci\b|coverage|build/i
const nothing = /^\s*(?:true|:|exit 0|echo\b[^;&|]*)\s*$/
const forgiving = /\|\|\s*(?:true|:|exit 0|echo\b)|;\s*(?:true|exit 0)\s*$|--passWithNoTests\b|--pass-with-no-tests\b/

async function weakerScripts(repo: Repository, { before, after, base }: Between): Promise<readonly string[]> {
  const found: string[] = []
  for (const { path } of await changedPaths(repo, before, after)) {
    if (basename(path) !== 'package.json') continue
    const [had, has, original] = await Promise.all(
      [before, after, base].map(async (tree) => scriptsOf(await readFileAt(repo, tree, path))),
    )
    for (const [name, script] of Object.entries(had ?? {})) {
      const now = has?.[name]
      if (now === script || !checking.test(name)) continue
      const isOfPhase = original?.[name] === undefined
      if (now === undefined) found.push(`the script ${name} is gone from ${path}`)
      else if (nothing.test(now) || (forgiving.test(now) && !forgiving.test(script)) || !isOfPhase) {
        found.push(`the script ${name} in ${path} was \`${script}\` and is \`${now}\``)
      }
    }
  }
  return found
}

function scriptsOf(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const scripts: unknown = (JSON.parse(text ?? '') as { scripts?: unknown } | null)?.scripts
    return Object.fromEntries(Object.entries(scripts ?? {}).filter(([, script]) => typeof script === 'string'))
  } catch {
    return {}
  }
}

/** Linters that a folder has no configuration for any more: no gate would run them. A module of Go is one for more than its linter. */
async function lostLinters(repo: Repository, { before, after }: Between): Promise<readonly string[]> {
  const lost = new Map<string, string>()
  const found = new Set<string>()
  for (const { path } of await changedPaths(repo, before, after)) {
    const name = basename(path)
    if (!mayConfigure(name)) continue
    const lintersAt = async (tree: Oid) => {
      const text = await readFileAt(repo, tree, path)
      return text === undefined ? [] : lintersIn(name, text)
    }
    for (const linter of await lintersAt(before))
      lost.set(`${dirname(path)} ${linter}`, `${path}: it takes ${linter} away`)
    for (const linter of await lintersAt(after)) found.add(`${dirname(path)} ${linter}`)
  }
  return [...lost].filter(([key]) => !found.has(key) && !key.endsWith(' go vet')).map(([, what]) => what)
}

/** What an added line lets pass, by the files in which it does. */
const leniences: readonly { readonly files: RegExp; readonly line: RegExp; readonly what: string }[] = [
  {
    files: /\.(?:[cm]?[jt]sx?|vue|svelte|py|go|rs|java|kt|cs|rb|php|css|scss)$/,
    line: /\beslint-disable|@ts-(?:ignore|nocheck|expect-error)\b|\bbiome-ignore\b|#\s*noqa\b|#\s*type:\s*ignore\b|#\s*pylint:\s*disable\b|\/\/\s*nolint\b|#!?\[allow\(|\b(?:istanbul|c8|v8) ignore\b|#\s*pragma:\s*no cover\b|@SuppressWarnings\b/,
    what: 'it silences a finding',
  },
  {
    files: /(?:^|\/)(?:\.github\/workflows\/[^/]+|\.gitlab-ci|azure-pipelines|Jenkinsfile|\.circleci\/config)[^/]*$/,
    line: /\bcontinue-on-error:\s*true\b|\ballow_failure:\s*true\b|\bif:\s*(?:false|\$\{\{\s*false)|\|\|\s*true\b/,
    what: 'it lets CI pass',
  },
  {
    files:
      /(?:^|\/)(?:(?:vite|vitest|jest|playwright|karma|cypress|ava|nyc|c8)\.?[\w.-]*config[\w.-]*|\.mocharc[\w.]*|\.nycrc[\w.]*|pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|conftest\.py)$/,
    line: /\b(?:exclude|\w*[iI]gnore\w*|passWithNoTests|testPathIgnorePatterns|fail_under|thresholds?|norecursedirs|deselect|retry|retries|--ignore\b)/,
    what: 'it changes what the test runner looks at',
  },
  {
    files:
      /(?:^|\/)(?:eslint\.config\.\w+|\.eslintrc[\w.]*|\.eslintignore|\.?biome\.jsonc?|\.?ruff\.toml|\.flake8|\.golangci\.(?:ya?ml|toml|json)|\.?clippy\.toml|\.pylintrc|tsconfig[\w.-]*\.json|mypy\.ini)$/,
    line: /['"]?\boff\b['"]?|:\s*0\b|\b(?:\w*[iI]gnore\w*|exclude|disable|skipLibCheck|extend-ignore|per-file-ignores)\b|"(?:strict\w*|no[A-Z]\w*)":\s*false/,
    what: 'it loosens the linter or the compiler',
  },
]

async function weakerLines(repo: Repository, { before, after }: Between): Promise<readonly string[]> {
  const found: string[] = []
  const isRead = (path: string) => isTestFile(path) || leniences.some(({ files }) => files.test(path))
  for await (const { path, text, added } of changedTexts(repo, before, after, isRead)) {
    const rules = leniences.filter(({ files }) => files.test(path))
    for (const [at, line] of text.split('\n').entries()) {
      if (!added.has(at + 1)) continue
      const what =
        (isTestFile(path) ? faultOfTestLine(path, line) : undefined) ?? rules.find((rule) => rule.line.test(line))?.what
      if (what !== undefined) found.push(`${path}:${at + 1}: ${what}: ${line.trim().slice(0, 120)}`)
    }
  }
  return found
}
