import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { build } from './built.ts'
import { Repository } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

it('a process ends though it has not closed its log', () => {
  const source = `
    import { openRunLog, currentHolder } from ${JSON.stringify(build())}
    const log = await openRunLog({ commonDir: ${JSON.stringify(repository.commonDir)}, spec: 'spec', holder: currentHolder(), now: () => new Date(), onNotice() {} })
    await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' } })
    console.log((await log.state()).seq)`
  const said = execFileSync(process.execPath, ['--input-type=module'], {
    input: source,
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(said.trim()).toBe('1')
})
