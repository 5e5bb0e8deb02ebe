import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decisiveLines } from '../src/checkouts/decisive-lines.ts'

/** What a package manager really printed; names of machines are replaced. */
const recorded = (name: string) => readFile(join(import.meta.dirname, 'recorded', `${name}.txt`), 'utf8')

describe('a failed setup is quoted with its last error', () => {
  const quotes: Readonly<Record<string, string>> = {
    'npm-ci-out-of-sync': `npm error code EUSAGE
npm error \`npm ci\` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with \`npm install\` before continuing.
npm error Missing: x@1.0.0 from lock file
npm error Missing: x@1.0.0 from lock file`,
    'npm-e404': `npm error code E404
npm error 404 Not Found - GET https://registry.example/left-pod
npm error 404
npm error 404  The requested resource 'left-pod@1.0.0' could not be found or you do not have permission to access it.
npm error 404
npm error 404 Note that you can also install from a
npm error 404 tarball, folder, http url, or git url.`,
    'npm-refused': `npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/left-pod failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error   code: 'ECONNREFUSED',
npm error   errno: 'ECONNREFUSED',
npm error   syscall: 'connect',
npm error   address: '127.0.0.1',
npm error   port: 9,
npm error   type: 'system',
npm error   requiredBy: '.'
npm error }`,
    'npm-eresolve': `npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error While resolving: r@1.0.0
npm error Found: react@17.0.2
npm error node_modules/react
npm error   react@"17.0.2" from the root project
npm error Could not resolve dependency:
npm error peer react@"^18.2.0" from react-dom@18.2.0
npm error node_modules/react-dom
npm error   react-dom@"18.2.0" from the root project
npm error Fix the upstream dependency conflict, or retry this command with --force or --legacy-peer-deps to accept an incorrect (and potentially broken) dependency resolution.`,
    'pnpm-frozen': `\u2009ERR_PNPM_OUTDATED_LOCKFILE\u2009 Cannot install with "frozen-lockfile" because pnpm-lock.yaml is not up to date with <ROOT>/packages/a/package.json
  Failure reason:
  specifiers in the lockfile don't match specifiers in package.json:
* 1 dependencies were added: b@workspace:*`,
    'yarn-immutable': `➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly forbidden.
➤ YN0000: └ Completed
➤ YN0000: · Failed with errors in 0s 72ms`,
    'pip-no-match': `ERROR: Could not find a version that satisfies the requirement left-pad==1 (from versions: none)
ERROR: No matching distribution found for left-pad==1`,
    'cargo-no-match': `error: no matching package named \`serde\` found
location searched: crates.io index
required by package \`x v0.1.0 (/home/me/x)\`
As a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures, if this error is too confusing you may wish to retry without \`--offline\`.`,
  }
  test.each(Object.entries(quotes))('%s', async (name, quote) => {
    expect(decisiveLines(await recorded(name))).toBe(quote)
  })

  test('whatever was printed before it', async () => {
    const earlier = `compiled with 2 missing translations\n${'ok\n'.repeat(20)}`
    const failed = await recorded('npm-ci-out-of-sync')
    expect(decisiveLines(earlier + failed)).toBe(quotes['npm-ci-out-of-sync'])
  })

  test('and by both ends where that is long', () => {
    const output = Array.from({ length: 40 }, (_, at) => `src/a.ts(${at},1): error TS2304`).join('\n')
    const lines = decisiveLines(output).split('\n')
    expect(lines).toHaveLength(15)
    expect(lines[0]).toContain('(0,1)')
    expect(lines[7]).toBe('…')
    expect(lines[14]).toContain('(39,1)')
  })
})

test('an output without a cause is quoted by its end', () => {
  const output = Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n')
  expect(decisiveLines(output).split('\n')).toEqual(Array.from({ length: 15 }, (_, at) => `line ${at + 25}`))
})
