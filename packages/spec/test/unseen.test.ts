import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const commandsOf = (body: string) => {
  const plan = compile(`## Phases\n\n### Phase 1: A\n\n${body}\n`)
  const [phase] = plan.phases
  return {
    tests: phase?.testCommands.map(({ command }) => command),
    criteria: phase?.criteria.flatMap((criterion) =>
      criterion.kind === 'command' ? [criterion.command] : criterion.kind === 'serves' ? [criterion.start] : [],
    ),
    codes: plan.diagnostics.map(({ code }) => code),
  }
}

describe('what a reader of the rendered page does not see as text never becomes a test command', () => {
  test.each([
    ['the text of an image', 'Test Command: ![rm -rf ~](logo.png)'],
    ['the text of an image in code', 'Test Command: ![`rm -rf ~`](logo.png)'],
    ['the text of an image by reference', 'Test Command: ![rm -rf ~][logo]\n\n[logo]: logo.png'],
    ['struck-out text', 'Test Command: ~~rm -rf ~/work~~'],
    ['a struck-out command', 'Test Command: ~~`rm -rf ~`~~'],
    ['a struck-out field', '~~Test Command: rm -rf work~~'],
    ['a struck-out field in bold', '~~**Test Command:** `rm -rf work`~~'],
    ['a struck-out item', 'Test Commands:\n\n- ~~`rm -rf ~`~~'],
    ['struck-out text in bold', 'Test Command: **~~rm -rf work~~**'],
    ['a struck-out table cell', '| Test Command | ~~`rm -rf ~`~~ |\n|---|---|\n| Modules | a |'],
    ['hidden HTML', 'Test Command: <span hidden>rm -rf work</span>'],
    ['code in hidden HTML', 'Test Command: <span hidden>`rm -rf ~`</span>'],
    ['HTML that is never closed', 'Test Command: <span hidden>`rm -rf ~`'],
    ['HTML that strikes out', 'Test Command: <del>`rm -rf ~`</del>'],
    ['a picture in HTML', 'Test Command: <img alt="rm -rf work" src="x.png">'],
    ['a comment over lines', 'Test Command: <!-- rm -rf work\n&& rm -rf home -->'],
    ['an address', 'Test Command: [](rm%20-rf%20work)'],
    ['a title', 'Test Command: [](x "rm -rf work")'],
  ])('%s', (_, body) => {
    const { tests } = commandsOf(body)
    expect(tests).toEqual([])
  })

  test.each([
    ['text between', 'Test Command: npm test ~~&& rm -rf ~/work~~'],
    ['HTML in the middle', 'Test Command: npm test <b hidden>&& rm -rf work</b>'],
    ['an image at the end', 'Test Command: npm test ![&& rm -rf work](x.png)'],
    ['the text of an image behind code', 'Test Command: `npm test` ![`rm -rf ~`](x.png)'],
    ['a right-to-left mark', 'Test Command: npm test \u202e&& rm -rf work'],
    ['an invisible character in code', 'Test Command: `npm test\u200b; rm -rf work`'],
    ['a control character', 'Test Command: `npm\u001b[8m test; rm -rf work`'],
    ['a fence with a hidden character', 'Test Command:\n\n```sh\nnpm test \u2066&& rm -rf work\n```'],
  ])('nor a part of one: %s', (_, body) => {
    expect(commandsOf(body).tests?.join('\n') ?? '').not.toContain('rm -rf')
  })

  test('what was left out is reported at its place', () => {
    for (const body of [
      'Test Command: ~~`rm -rf ~`~~',
      'Test Command: ![rm](x.png)',
      'Test Command: <span hidden>`rm`</span>',
      'Test Command: `rm\u200b`',
    ])
      expect(commandsOf(body).codes).toContain('not-a-command')
  })

  test('a struck-out command leaves the others', () => {
    expect(commandsOf('Test Commands:\n\n- ~~`npm run old`~~\n- `npm test`').tests).toEqual(['npm test'])
    expect(commandsOf('Test Command: ~~`npm run old`~~ `npm test`').tests).toEqual(['npm test'])
  })

  test('comments around a command leave it whole', () => {
    expect(commandsOf('Test Command: npm test <!-- not yet:\nnpm run all --> -w api').tests).toEqual([
      'npm test  -w api',
    ])
  })

  test('a link stands for its words', () => {
    expect(commandsOf('Test Command: [npm test](https://example.org)').tests).toEqual(['npm test'])
    expect(commandsOf('Test Command: curl <http://localhost:3000/health>').tests).toEqual([
      'curl http://localhost:3000/health',
    ])
  })

  test.each([
    ['struck out', '- ~~`rm -rf ~` exits 0~~'],
    ['partly struck out', '- ~~`rm -rf ~`~~ exits 0'],
    ['in hidden HTML', '- <span hidden>`rm -rf ~`</span> exits 0'],
    ['the text of an image', '- ![`rm -rf ~` exits 0](x.png)'],
    ['with an invisible character', '- `npm\u200b test` exits 0'],
    ['that starts a server', '- Server listens on port 8080, started with ~~`rm -rf ~`~~'],
  ])('a criterion %s runs nothing', (_, item) => {
    expect(commandsOf(`Success Criteria:\n\n${item}`).criteria).toEqual([])
  })

  test('a cell that the page does not show is not read', () => {
    const body = 'Test Commands:\n\n| command |\n|---|\n| `npm test` | `rm -rf ~` |'
    expect(commandsOf(body).tests).toEqual(['npm test'])
  })
})
