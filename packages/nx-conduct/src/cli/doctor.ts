import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConductProblem, type Finding, findingsText, openRun, preflight, toProblem } from '@nx-conduct/conductor'
import { defaultSpecFile, printableJson } from '@nx-conduct/spec'
import type { Flags, Terminal } from './call.ts'

/** What is supported; `engines` and `peerDependencies` of package.json say the same. */
const oldestNode = [20, 19] as const
const nxFrom = 23
const nxBelow = 25

/** Inspects what a run of a spec needs, and starts nothing; 1 when something would stop a run, 2 for a wrong call. */
export async function doctorCommand(operands: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const [specFile = defaultSpecFile, more] = operands
  if (more !== undefined) {
    terminal.stderr.write('✖ doctor takes one spec\n  next      npx nx-conduct doctor .spec/SPEC.md\n')
    return 2
  }
  const root = terminal.cwd()
  const findings = [
    checkNode(process.versions.node),
    await checkNx(root),
    ...(await checkRun(root, specFile, terminal)),
  ]
  terminal.stdout.write(flags.json ? `${printableJson(findings)}\n` : `${findingsText(findings)}\n`)
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0
}

/** `version`: as Node says it, `20.19.0`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = oldestNode
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))
    return { check: 'Node', severity: 'ok', message: version }
  const oldest = oldestNode.join('.')
  return {
    check: 'Node',
    severity: 'error',
    message: `${version} is older than ${oldest}`,
    hint: `Install Node ${oldest} or newer`,
  }
}

/** The Nx that a workspace has installed. */
export async function checkNx(root: string): Promise<Finding> {
  const hint = 'Install it in the workspace: npm install --save-dev nx'
  let version: unknown
  try {
    version = JSON.parse(await readFile(join(root, 'node_modules/nx/package.json'), 'utf8')).version
  } catch {
    return { check: 'Nx', severity: 'error', message: `there is no Nx in ${join(root, 'node_modules')}`, hint }
  }
  const major = Number.parseInt(String(version), 10)
  if (major >= nxFrom && major < nxBelow) return { check: 'Nx', severity: 'ok', message: String(version) }
  return {
    check: 'Nx',
    severity: 'error',
    message: `${version} is not supported: Nx ${nxFrom} to ${nxBelow - 1} is`,
    hint,
  }
}

async function checkRun(root: string, specFile: string, { env, stderr }: Terminal): Promise<readonly Finding[]> {
  try {
    const context = await openRun({
      root,
      specFile,
      env,
      clock: { now: () => new Date(), monotonicMs: () => performance.now() },
      signal: new AbortController().signal,
      report: (progress) => {
        if (progress.type === 'notice') stderr.write(`! ${progress.message}\n`)
      },
    })
    try {
      return await preflight(context)
    } finally {
      await context.close()
    }
  } catch (error) {
    const problem = toProblem(error)
    if (problem === undefined) throw error
    return [{ check: checkOf(problem), severity: 'error', message: problem.message, hint: problem.hint }]
  }
}

function checkOf({ code }: ConductProblem): Finding['check'] {
  switch (code) {
    case 'no-spec':
    case 'spec-has-errors':
    case 'name-taken':
      return 'spec'
    case 'rehearsal':
      return 'agents'
    case 'log':
    case 'redis':
      return 'run log'
    default:
      return 'repository'
  }
}
