// `npm run proof -- long [FILTER]`: the tests that take longer than a check of every change may.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { addUp, forgetReports, suites } from './reports.mjs'
import { root } from './setup.mjs'

const filter = process.argv.slice(2)
const folders = suites().filter((folder) => {
  const tests = join(root, folder, 'test')
  const names = existsSync(tests) ? readdirSync(tests).filter((name) => name.endsWith('.long.test.ts')) : []
  return names.some((name) => filter.length === 0 || filter.some((each) => name.includes(each)))
})
forgetReports(folders)
let worst = folders.length === 0 ? 1 : 0
for (const folder of folders) {
  const { status } = spawnSync('npx', ['vitest', 'run', ...filter], {
    cwd: join(root, folder),
    stdio: 'inherit',
    env: { ...process.env, LONG_TESTS: '1' },
  })
  worst = Math.max(worst, status ?? 1)
}
addUp(folders, worst)
