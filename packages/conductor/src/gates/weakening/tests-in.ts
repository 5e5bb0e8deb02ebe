import { extname } from 'node:path/posix'

/** What a file of tests holds, by the words of its language. */
export interface TestsIn {
  readonly tests: number
  readonly assertions: number
}

interface Language {
  readonly endings: readonly string[]
  readonly test: RegExp
  readonly assertion: RegExp
  /** A test that does not run, or keeps others from running. */
  readonly skipped: RegExp
  /** An assertion that cannot fail. */
  readonly hollow: RegExp
  readonly comment: RegExp
}

const cComment = /\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/.*$/gm

const languages: readonly Language[] = [
  {
    endings: ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'],
    test: /(?<![.\w])(?:it|test|specify)(?:\.[\w.]+)?(?:\([^()]*\)|`[^`]*`)?\s*\(\s*['"`]/g,
    assertion: /(?<![.\w])(?:expect|assert)(?:\.\w+)*\s*\(|\.should\b/g,
    skipped:
      /(?<![.\w])(?:it|test|describe|suite|context|specify)(?:\.\w+)*?(?:\.(?:skip|todo|only|fixme|failing|fails)\b|\.skipIf\(\s*true\b|\.runIf\(\s*false\b)|(?<![.\w])[xf](?:it|test|describe|context|specify)(?:\.each)?\s*[(`]|\b(?:skip|todo|only): ?true\b|\bskip: ?['"`]|\b(?:t|this|ctx|context)\.(?:skip|todo)\(/,
    hollow:
      /\bexpect\(\s*([\w.]+|'[^']*'|"[^"]*")\s*\)\.to(?:Be|Equal|StrictEqual)\(\s*\1\s*\)|\bexpect\(\s*(?:true|1)\s*\)\.toBe(?:Truthy|Defined)\(|\bassert(?:\.ok)?\(\s*true\b|\bassert\.\w*[eE]qual\(\s*([\w.]+)\s*,\s*\2\s*[,)]/,
    comment: cComment,
  },
  {
    endings: ['py'],
    test: /^[ \t]*(?:async[ \t]+)?def[ \t]+test\w*/gm,
    assertion: /^[ \t]*assert\b|\bself\.assert\w+\(|\bpytest\.raises\b/gm,
    skipped:
      /@(?:unittest\.)?(?:skip(?:If|Unless)?|expectedFailure)\b|\bpytest\.mark\.(?:skip(?:if)?|xfail)\b|\bpytest\.(?:skip|xfail)\(|\bself\.skipTest\(|\braise (?:unittest\.)?SkipTest\b/,
    hollow:
      /^\s*assert (?:True|1|([\w.]+) == \1)\s*(?:,.*)?$|\bself\.assert(?:True\(True|(?:Equals?|Is)\(([\w.]+), \2)\b/,
    comment: /#.*$/gm,
  },
  {
    endings: ['go'],
    test: /^func (?:Test|Fuzz|Example)\w*\(|\bt\.Run\(/gm,
    assertion: /\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require)\.\w+\(/g,
    skipped: /\bt\.Skip\w*\(/,
    hollow: /\b(?:assert|require)\.True\(t, true\)/,
    comment: cComment,
  },
  {
    endings: ['rs'],
    test: /#\[(?:\w+::)?test\b/g,
    assertion: /\bassert\w*!\s*\(/g,
    skipped: /#\[ignore\b/,
    hollow: /\bassert!\(true\)/,
    comment: cComment,
  },
  {
    endings: ['java', 'kt', 'cs'],
    test: /@Test\b|\[(?:Test|Fact|Theory)\b/g,
    assertion: /\bassert\w*\(|\bAssert\.\w+\(/g,
    skipped: /@(?:Disabled|Ignore)\b|\[Ignore\b|\[\w+\(.*\bSkip\s*=/,
    hollow: /\bassertTrue\(true\)|\bAssert\.True\(true\)/,
    comment: cComment,
  },
]

const testPath =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e)\/|[._-](?:test|spec)s?\.\w+$|(?:^|\/)(?:test_[^/]*|[^/]*_test)\.(?:py|go)$|Tests?\.(?:java|kt|cs)$/

/** Whether a file holds tests, by its path; Rust's may be anywhere. */
export function isTestFile(path: string): boolean {
  return languageOf(path) !== undefined && (testPath.test(path) || path.endsWith('.rs'))
}

export function testsIn(path: string, text: string): TestsIn {
  const language = languageOf(path)
  if (language === undefined) return { tests: 0, assertions: 0 }
  const code = text.replace(language.comment, '')
  return {
    tests: [...code.matchAll(language.test)].length,
    assertions: [...code.matchAll(language.assertion)].length,
  }
}

/** Whether a line of a file of tests keeps tests from running: those it skips, or all but those it picks. */
export function keepsFromRunning(path: string, line: string): boolean {
  const language = languageOf(path)
  return language?.skipped.test(line.replace(language.comment, '')) ?? false
}

/** What is wrong with a line that was added to a file of tests. */
export function faultOfTestLine(path: string, line: string): string | undefined {
  const language = languageOf(path)
  if (language === undefined) return undefined
  if (keepsFromRunning(path, line)) return 'it keeps tests from running'
  return language.hollow.test(line.replace(language.comment, '')) ? 'it asserts nothing' : undefined
}

function languageOf(path: string): Language | undefined {
  const ending = extname(path).slice(1)
  return languages.find(({ endings }) => endings.includes(ending))
}
