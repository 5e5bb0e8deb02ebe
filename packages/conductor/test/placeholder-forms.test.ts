import { describe, expect, test } from 'vitest'
import { placeholdersInComment } from '../src/gates/placeholders/comments.ts'
import { findPlaceholders, mayHoldPlaceholders } from '../src/gates/placeholders/find-placeholders.ts'

/** Each form by itself: one that is found, and the nearest that is not. */

async function kinds(path: string, text: string): Promise<readonly string[]> {
  return (await findPlaceholders(path, text)).map(({ kind, from }) => `${from} ${kind}`)
}

describe('a comment', () => {
  const comments: readonly (readonly [text: string, kind: string | undefined])[] = [
    ['// TODO write it', 'TODO'],
    ['/* FIXME */', 'FIXME'],
    ['# XXX', 'XXX'],
    [' * HACK', 'HACK'],
    ['<!-- TODO', 'TODO'],
    ['% TODO', 'TODO'],
    [';; TODO', 'TODO'],
    ['-- TODO', 'TODO'],
    ['"TODO', 'TODO'],
    ['// TODOs', undefined],
    ['// TODO-free', undefined],
    ['// XTODO', undefined],
    ['// todo', undefined],
    ['// TODO list', undefined],
    ['// TODO lists', undefined],
    ['// TODO app', undefined],
    ['// TODO items of a user', undefined],
    ['// TODO comments', undefined],
    ['// TODO listing', 'TODO'],
    ['// see TODO', undefined],
    ['// see TODO: x', 'TODO'],
    ['// see TODO(ada)', 'TODO'],
    ['// see TODO()', undefined],
    ['// see X-TODO: x', undefined],
    ['// see xTODO: x', undefined],
    ['// not implemented', 'not-implemented'],
    ['// not yet implemented.', 'not-implemented'],
    ['// not implemented yet!', 'not-implemented'],
    ['// Unimplemented', 'not-implemented'],
    ['// implement me', 'not-implemented'],
    ['// implement later', 'not-implemented'],
    ['// implemented later', 'not-implemented'],
    ['// this is not implemented', 'not-implemented'],
    ['// it is not implemented', 'not-implemented'],
    ['// currently not implemented', 'not-implemented'],
    ['// deletion is currently not implemented', undefined],
    ['// not implemented in old browsers', undefined],
    ['// notimplemented', undefined],
    ['// stub', 'stub'],
    ['// a stub', 'stub'],
    ['// an placeholder.', 'stub'],
    ['// this is a mock', 'stub'],
    ['// just a dummy', 'stub'],
    ['// dummy value', 'stub'],
    ['// placeholder implementation', 'stub'],
    ['// stub function', 'stub'],
    ['// mock method', 'stub'],
    ['// stub code', 'stub'],
    ['// dummy logic', 'stub'],
    ['// mock response', 'stub'],
    ['// stub for now', 'stub'],
    ['// mock data response for now', 'stub'],
    ['// stub of the server', undefined],
    ['// stubs', undefined],
    ['// a mock server', undefined],
    ['// so this is only a temporary stub here', 'stub'],
    ['// so this is a placeholder here', 'stub'],
    ['// here just an mock of it', 'stub'],
    ['// here only a dummy of it', 'stub'],
    ['// here a dummy of it', undefined],
    ['// the real implementation will ask', 'stub'],
    ['// a real implementation would ask', 'stub'],
    ['// a real implementation should ask', 'stub'],
    ['// the real implementation goes here', 'stub'],
    ['// the real implementation needs a key', 'stub'],
    ['// the real implementation asks', undefined],
    ['// some real implementation will ask', undefined],
  ]
  test.each(comments)('%s', (text, kind) => {
    expect(placeholdersInComment(text, 7)).toEqual(kind === undefined ? [] : [{ kind, from: 7, to: 7 }])
  })

  test('of several lines is told by line', () => {
    expect(placeholdersInComment('/**\n * TODO\n * fine\n * FIXME: x\n */', 10)).toEqual([
      { kind: 'TODO', from: 11, to: 11 },
      { kind: 'FIXME', from: 13, to: 13 },
    ])
  })
})

describe('a line of another language', () => {
  const lines: readonly (readonly [text: string, kind: string | undefined])[] = [
    ['x // TODO', 'TODO'],
    ['x;// TODO', 'TODO'],
    ['{/* TODO */}', 'TODO'],
    ['}# TODO', 'TODO'],
    ['x, # TODO', 'TODO'],
    ['f()-- TODO', 'TODO'],
    ['<p> <!-- TODO -->', 'TODO'],
    [' ;; TODO', 'TODO'],
    ['\\a % TODO', 'TODO'],
    [' * TODO', 'TODO'],
    ['#TODO', undefined],
    ['#! TODO', undefined],
    ['a#  TODO: x', undefined],
    ['--TODO', undefined],
    ['x *TODO', undefined],
    ['*TODO: x', undefined],
    ['100%TODO: x', undefined],
    ['http://TODO:x', undefined],
    ['TODO: x', undefined],
    ['todo!()', 'not-implemented'],
    ['unimplemented! ()', 'not-implemented'],
    ['todo()', undefined],
    ['my_todo!()', undefined],
    ['new NotImplementedException()', 'not-implemented'],
    ['new UnsupportedOperationException( )', 'not-implemented'],
    ['new UnsupportedOperationException("not yet implemented")', 'not-implemented'],
    ['new UnsupportedOperationException("not implemented")', 'not-implemented'],
    ['new NotImplementedException("TODO")', 'not-implemented'],
    ['new UnsupportedOperationException("read only")', undefined],
    ['new UnsupportedOperation()', undefined],
  ]
  test.each(lines)('%s', async (text, kind) => {
    expect(await kinds('a.rs', `ok\n${text}\n`)).toEqual(kind === undefined ? [] : [`2 ${kind}`])
  })
})

describe('Python', () => {
  const bodies: readonly (readonly [what: string, text: string, ...found: readonly string[]])[] = [
    ['a function with a text and dots', 'def a(x):\n  "Says."\n  ...\n', '1 empty-body'],
    ['a function with a comment alone', 'def a(x):\n  pass # fine\n', '1 empty-body'],
    ['a function that takes nothing', 'def a():\n  pass\n', '1 empty-body'],
    ['a function that returns', 'def a(x):\n  pass\n  return x\n'],
    ['a call in its body', 'def a(x):\n  run()\n'],
    ['several texts in one', 'def a(x):\n  "a", "b"\n'],
    ['noop', 'def noop(x):\n  pass\ndef _no_op(x):\n  pass\n'],
    ['noop in a longer name', 'def noops(x):\n  pass\n', '1 empty-body'],
    ['a special method', 'class A:\n  def __exit__(self, x):\n    pass\n'],
    ['a decorated function', '@cli\ndef a(x):\n  pass\n'],
    ['a method that takes nothing', 'class A:\n  def a(self):\n    pass\n'],
    ['a method that takes what it ignores', 'class A:\n  def a(self, _x, *_, **_kw):\n    pass\n'],
    ['a method that takes more of itself', 'class A:\n  def a(self, myself):\n    pass\n', '2 empty-body'],
    ['a method that takes anything', 'class A:\n  def a(self, *args):\n    pass\n', '2 empty-body'],
    ['a method that takes names alone', 'class A:\n  def a(self, *, _x):\n    pass\n'],
    [
      'an abstract method in a class of its own',
      'class A:\n  @abstractmethod\n  def a(self):\n    raise NotImplementedError\n',
    ],
    ['an error with more space', 'def a():\n  raise  NotImplementedError\n', '2 not-implemented'],
    ['a class method', 'class A:\n  def a(cls):\n    pass\n'],
    ['a method that takes something', 'class A:\n  def a(self, x):\n    pass\n', '2 empty-body'],
    [
      'a method of a base by its name',
      'class _BaseA:\n  def a(self, x):\n    pass\nclass AbstractB:\n  def a(self, x):\n    pass\n',
    ],
    [
      'a mixin',
      'class AMixin:\n  def a(self, x):\n    pass\nclass AInterface:\n  def a(self, x):\n    pass\nclass ABase:\n  def a(self, x):\n    pass\n',
    ],
    [
      'a class that only sounds like one',
      'class Mixins:\n  def a(self, x):\n    pass\nclass MyBaseA:\n  def a(self, x):\n    pass\n',
      '2 empty-body',
      '5 empty-body',
    ],
    [
      'a protocol, an enumeration, and an interface',
      'class A(Protocol):\n  def a(self, x): ...\nclass B(Enum):\n  def a(self, x): ...\nclass C(zope.Interface):\n  def a(self, x): ...\nclass D(metaclass=ABCMeta):\n  def a(self, x): ...\n',
    ],
    ['a class made from something else', 'class A(Store):\n  def a(self, x): ...\n', '2 empty-body'],
    ['a class that others of the file are made from', 'class A:\n  def a(self, x): ...\nclass B(Other, A):\n  pass\n'],
    [
      'a class whose name is only part of another',
      'class A:\n  def a(self, x): ...\nclass B(AB):\n  pass\n',
      '2 empty-body',
    ],
    [
      'an abstract method by its decorator',
      'class A:\n  @abc.abstractproperty\n  def a(self):\n    raise NotImplementedError\n',
    ],
    ['an overload', '@ typing.overload\ndef a(x):\n  raise NotImplementedError\n'],
    [
      'another decorator',
      'class A:\n  @property\n  def a(self):\n    raise NotImplementedError\n',
      '4 not-implemented',
    ],
    ['an error outside a function', 'raise NotImplementedError("x")\n', '1 not-implemented'],
    ['another error', 'def a():\n  raise NotImplementedErrors\n  raise ValueError("not implemented")\n'],
  ]
  test.each(bodies)('%s', async (_, text, ...found) => expect(await kinds('a.py', text)).toEqual(found))
})

describe('TypeScript', () => {
  const texts: readonly (readonly [what: string, text: string, ...found: readonly string[]])[] = [
    [
      'an error by another name',
      "throw new AppError('not implemented')\nthrow new AppException(`unimplemented`)",
      '1 not-implemented',
      '2 not-implemented',
    ],
    ['something else that is made', "new Label('not implemented')"],
    ['an error with another argument', 'throw new Error(text)\nthrow new Error()'],
    ['an error about something else', "throw new Error('Parsing of dates is not implemented here')"],
    ['functions without a name for what they take', 'function a(_b, ..._c) {}\nfunction d({}) {}\nfunction e() {}'],
    [
      'functions that take something beside it',
      'function a(_b, c) {}\nfunction d(...e) {}\nfunction f({ g }) {}',
      '1 empty-body',
      '2 empty-body',
      '3 empty-body',
    ],
    ['a comment among what they take', 'function a(/* b */) {}'],
    [
      'empty by nature',
      'class A { constructor(b) {} }\nfunction Shape(b) {}\nfunction noop(b) {}\nfunction _no_op(b) {}\nfunction noOp(b) {}',
    ],
    ['a constructor in the name alone', 'class A { constructors(b) {} }', '1 empty-body'],
    ['a body with a comment', 'function a(b) { /* fine */ }'],
    ['a body', 'function a(b) { c }'],
  ]
  test.each(texts)('%s', async (_, text, ...found) => expect(await kinds('a.mts', text)).toEqual(found))
})

describe('Go', () => {
  const texts: readonly (readonly [what: string, text: string, ...found: readonly string[]])[] = [
    ['an error of its own form', 'func a() error { return fmt.Errorf(`not implemented`) }', '1 not-implemented'],
    ['a call that is no failure', 'func a() { log.Print("not implemented"); b("todo") }'],
    ['a failure about something else', 'func a() { panic("no space") }'],
    ['a failure with another argument', 'func a() { panic(err) }'],
    ['a method that takes something', 'func (s S) A(x int) {}', '1 empty-body'],
    ['a method that takes nothing', 'func (s S) main() {}'],
    ['a function that takes nothing', 'func A() {}'],
    ['a body with a comment', 'func A(x int) {\n// fine\n}'],
    ['a body', 'func A(x int) { b() }'],
  ]
  test.each(texts)('%s', async (_, text, ...found) => expect(await kinds('a.go', text)).toEqual(found))
})

describe('a file', () => {
  const double = 'function fake(key) {}\n'

  test.each([
    'test/a.js',
    'tests/a.js',
    'a/__tests__/a.js',
    'a/__mocks__/a.js',
    'spec/a.js',
    'specs/a.js',
    'e2e/a.js',
    'fixture/a.js',
    'fixtures/a.js',
    'a/testdata/a.js',
    'mock/a.js',
    'mocks/a.js',
    'stub/a.js',
    'stubs/a.js',
    'a.test.js',
    'a-spec.js',
    'a_mock.js',
    'a.stub.js',
    'a.stories.js',
    'a_test.mjs',
  ])('of tests may hold doubles: %s', async (path) => {
    expect(await kinds(path, double)).toEqual([])
    expect(await kinds(path, '// TODO')).toEqual(['1 TODO'])
  })

  test.each(['latest/a.js', 'test.js', 'attest/a.js', 'a.tests.js', 'a.js', 'testing/a.js'])(
    'of the product may not: %s',
    async (path) => {
      expect(await kinds(path, double)).toEqual(['1 empty-body'])
    },
  )

  test.each(['test_a.py', 'test_abc.py', 'a/conftest.py', 'a_test.py'])('of Python tests may: %s', async (path) => {
    expect(await kinds(path, 'def a(x): pass\n')).toEqual([])
    expect(await kinds(`x${path.replace('/', '')}.py`, 'def a(x): pass\n')).toEqual(['1 empty-body'])
  })

  test.each([
    '// Code generated by x. DO NOT EDIT.',
    '# Generated by x DO NOT EDIT!',
    '/* @generated */',
    '// This file was automatically generated by x',
    '\n\n * see x: Code generated by x; DO NOT EDIT',
  ])('that a program generated is not read: %s', async (head) => {
    expect(await kinds('a.js', `${head}\n${double}`)).toEqual([])
  })

  test('is read where the words of a generator stand far below its head', async () => {
    expect(await kinds('a.js', `${'x()\n'.repeat(600)}// @generated\n${double}`)).toEqual(['602 empty-body'])
  })

  test.each([
    '// Code generated by x',
    '// DO NOT EDIT',
    '// it was generated by x. DO NOT EDIT',
    '// see x@generated',
    'a = 1',
  ])('that a person wrote is read: %s', async (head) =>
    expect(await kinds('a.js', `${head}\n${double}`)).toHaveLength(1),
  )

  test('that declares holds marks alone', async () => {
    for (const path of ['a.d.ts', 'a.d.mts', 'a.d.cts']) {
      expect(await kinds(path, '// not implemented\n// TODO\n'), path).toEqual(['2 TODO'])
    }
    expect(await kinds('a.d.ts', '// FIXME\n// XXX\n// HACK\n')).toEqual(['1 FIXME', '2 XXX', '3 HACK'])
    for (const path of ['ad.ts', 'a.d.tsx']) {
      expect(await kinds(path, '// not implemented\n'), path).toEqual(['1 not-implemented'])
    }
  })

  test('is told in the order of its lines', async () => {
    const text = "throw new Error('not implemented')\n// TODO\nfunction a(b) {}\n"
    expect(await kinds('a.CJS', text)).toEqual(['1 not-implemented', '2 TODO', '3 empty-body'])
    expect((await findPlaceholders('a.ts', 'function a(b) {\n\n}'))[0]).toMatchObject({ from: 1, to: 3 })
  })

  test('whose ending says that it is prose, data or no text is not read', () => {
    const endings =
      'md mdx markdown txt rst adoc svg snap lock map csv tsv png jpg jpeg gif webp avif ico pdf zip gz tgz bz2 xz 7z jar wasm woff woff2 ttf otf eot mp3 mp4 webm mov so dll exe bin class pyc o a min.css PNG'
    for (const ending of endings.split(' ')) expect(mayHoldPlaceholders(`x/a.${ending}`), ending).toBe(false)
    for (const name of ['npm-shrinkwrap.json', 'b/package-lock.json', 'b/pnpm-lock.yaml']) {
      expect(mayHoldPlaceholders(name), name).toBe(false)
    }
    const read = ['mdown', 'txts', 'locks', 'mp5', 'woff3', 'min', 'jpgx']
    for (const ending of read) expect(mayHoldPlaceholders(`x/a.${ending}`), ending).toBe(true)
    for (const name of [
      'md',
      'my-package-lock.json',
      'package-lock.json.ts',
      'apnpm-lock.yaml',
      'png/a.ts',
      'pnpm-lock.yaml.ts',
    ]) {
      expect(mayHoldPlaceholders(name), name).toBe(true)
    }
  })
})
