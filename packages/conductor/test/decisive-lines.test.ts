import { expect, test } from 'vitest'
import { decisiveLines } from '../src/checkouts/decisive-lines.ts'

test('a package manager that prints its usage is quoted with its cause', () => {
  const output = `npm warn Unknown user config
npm error code EUSAGE
npm error
npm error \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.
npm error
npm error Missing: left-pad@1.3.0 from lock file
npm error
npm error Clean install a project
npm error
npm error Usage:
npm error npm ci
npm error
npm error Options:
npm error [--install-strategy <hoisted|nested|shallow|linked>] [--legacy-bundling]
npm error aliases: clean-install, ic
npm error Run "npm help ci" for more info
npm error A complete log of this run can be found in: /home/x/.npm/_logs/debug-0.log
`
  expect(decisiveLines(output)).toBe(`npm error code EUSAGE
npm error \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.
npm error Missing: left-pad@1.3.0 from lock file
npm error Clean install a project
npm error npm ci`)
})

test('an output without a cause is quoted by its end', () => {
  const output = Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n')
  expect(decisiveLines(output).split('\n')).toEqual(Array.from({ length: 15 }, (_, at) => `line ${at + 25}`))
})
