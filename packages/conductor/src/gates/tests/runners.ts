/** What one summary of a test runner says. */
export interface Summary {
  /** How many tests ran, passed or not; undefined where some did and the runner does not print how many. */
  readonly ran: number | undefined
  readonly skipped: number
}

/** Reads the summaries of one test runner out of what a command printed, without control characters. */
export interface Runner {
  readonly name: string
  read(output: string): readonly Summary[]
}

/** The numbers before words, e.g. `1 failed | 2 passed`, by word. */
function numbersIn(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const [, number, word = ''] of text.matchAll(/(\d+) ([a-z]+)/g)) numbers.set(word, Number(number))
  return numbers
}

function sumOf(numbers: ReadonlyMap<string, number>, words: readonly string[]): number {
  return words.reduce((sum, word) => sum + (numbers.get(word) ?? 0), 0)
}

const none: Summary = { ran: 0, skipped: 0 }

function summaryOf(text: string, ran: readonly string[], skipped: readonly string[]): Summary {
  const numbers = numbersIn(text)
  return { ran: sumOf(numbers, ran), skipped: sumOf(numbers, skipped) }
}

const vitest: Runner = {
  name: 'vitest',
  read: (output) => [
    ...[...output.matchAll(/^\s*Tests {2}(?:(no tests)|(.*) \(\d+\))\s*$/gm)].map(([, no, text = '']) =>
      no === undefined ? summaryOf(text, ['passed', 'failed', 'expected'], ['skipped', 'todo']) : none,
    ),
    ...[...output.matchAll(/^No test files found, exiting with code/gm)].map(() => none),
  ],
}

const jest: Runner = {
  name: 'jest',
  read: (output) => [
    ...[...output.matchAll(/^Tests: {2,}(.*?)(?:, )?\d+ total$/gm)].map(([, text = '']) =>
      summaryOf(text, ['passed', 'failed'], ['skipped', 'todo']),
    ),
    ...[...output.matchAll(/^No tests found, exiting with code/gm)].map(() => none),
  ],
}

const nodeTest: Runner = {
  name: 'node:test',
  read(output) {
    const lines = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'].map(
      (word) => `(?:(?:#|ℹ) ${word} (?<${word}>\\d+)\\n)${word === 'suites' || word === 'cancelled' ? '?' : ''}`,
    )
    const summaries = [...`${output}\n`.matchAll(new RegExp(`^${lines.join('')}`, 'gm'))]
    // A file without tests counts as a test of the file's name.
    const emptyFiles = [...output.matchAll(/^(?:ok \d+ - |✔ )\S*[/\\]\S*\.[cm]?[jt]sx?(?: \([\d.]+ms\))?$/gm)].length
    return summaries.map(({ groups = {} }, at) => {
      const number = (word: string): number => Number(groups[word] ?? 0)
      const ran = number('pass') + number('fail') + number('cancelled') - (at === 0 ? emptyFiles : 0)
      return { ran: Math.max(0, ran), skipped: number('skipped') + number('todo') }
    })
  },
}

const mocha: Runner = {
  name: 'mocha',
  read: (output) => [
    ...[...output.matchAll(/^ {2}(\d+ passing) \(.*\)((?:\n {2}\d+ (?:pending|failing))*)$/gm)].map(
      ([, passing, others]) => summaryOf(`${passing}${others}`, ['passing', 'failing'], ['pending']),
    ),
    ...[...output.matchAll(/^Error: No test files found/gm)].map(() => none),
  ],
}

const pytest: Runner = {
  name: 'pytest',
  read: (output) =>
    [
      ...output.matchAll(
        /^(?:=+ )?(no tests ran|\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?)\b.*) in [\d.]+s(?: \(.*\))?(?: =+)?$/gm,
      ),
    ].map(([, text = '']) =>
      summaryOf(text, ['passed', 'failed', 'error', 'errors', 'xfailed', 'xpassed'], ['skipped']),
    ),
}

const unittest: Runner = {
  name: 'unittest',
  read: (output) =>
    [...output.matchAll(/^Ran (\d+) tests? in [\d.]+s\n\n(.*)$/gm)].map(([, ran, end = '']) => {
      const skipped = Number(/skipped=(\d+)/.exec(end)?.[1] ?? 0)
      return { ran: Number(ran) - skipped, skipped }
    }),
}

/** With `-v` or `-json` each test has a line; without, each package has one. */
const goTest: Runner = {
  name: 'go test',
  read(output) {
    const packages = [
      ...output.matchAll(
        /^(?:(?<ok>ok) {1,2}\t\S+\t(?:\(cached\)|[\d.]+s)(?<rest>.*)|FAIL\t\S+\t[\d.]+s|\?\s+\t\S+\t\[no test files\])$/gm,
      ),
    ]
    const json = [...output.matchAll(/^\{"Time":.*"Action":"(pass|fail|skip)".*"Test":/gm)].map(([, end]) => end)
    if (json.length > 0)
      return [
        {
          ran: json.filter((end) => end !== 'skip').length,
          skipped: json.length - json.filter((end) => end !== 'skip').length,
        },
      ]
    if (packages.length === 0) return []
    const ends = [...output.matchAll(/^\s*--- (PASS|FAIL|SKIP): /gm)].map(([, end]) => end)
    const skipped = ends.filter((end) => end === 'SKIP').length
    if (/^=== RUN /m.test(output)) return [{ ran: ends.length - skipped, skipped }]
    const isEmpty = packages.every(([line]) => /\[no test files\]$|\[no tests to run\]$/.test(line))
    return [isEmpty ? none : { ran: undefined, skipped }]
  },
}

const cargo: Runner = {
  name: 'cargo test',
  read: (output) => [
    ...[...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)].map(
      ([, passed, failed, ignored]) => ({ ran: Number(passed) + Number(failed), skipped: Number(ignored) }),
    ),
    ...[...output.matchAll(/^\s*Summary \[.*\] (\d+) tests? run: (.*)$/gm)].map(([, ran, text = '']) => ({
      ran: Number(ran),
      skipped: sumOf(numbersIn(text), ['skipped']),
    })),
  ],
}

const tap: Runner = {
  name: 'TAP',
  read(output) {
    // Node's own runner prints TAP, too, with a summary.
    if (!/^TAP version 1[34]$/m.test(output) || nodeTest.read(output).length > 0) return []
    const points = [...output.matchAll(/^(?:not )?ok\b(.*)$/gm)].map(([, rest = '']) => /# (?:skip|todo)/i.test(rest))
    const skipped = points.filter(Boolean).length
    return [{ ran: points.length - skipped, skipped }]
  },
}

const junit: Runner = {
  name: 'JUnit XML',
  read(output) {
    const whole = [...output.matchAll(/<testsuites\b([^>]*\btests="\d+"[^>]*)>/g)]
    const suites = whole.length > 0 ? whole : [...output.matchAll(/<testsuite\b([^>]*\btests="\d+"[^>]*)>/g)]
    return suites.map(([, attributes = '']) => {
      const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0)
      const skipped = number('skipped') + number('disabled')
      return { ran: Math.max(0, number('tests') - skipped), skipped }
    })
  },
}

export const runners: readonly Runner[] = [vitest, jest, nodeTest, mocha, pytest, unittest, goTest, cargo, tap, junit]
