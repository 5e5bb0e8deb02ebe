import { describe, expect, test } from 'vitest'
import { findPlaceholders, mayHoldPlaceholders } from '../src/gates/placeholders/find-placeholders.ts'

async function found(path: string, text: string): Promise<readonly string[]> {
  return (await findPlaceholders(path, text)).map(({ kind, from }) => `${from} ${kind}`)
}

const unfinished: Readonly<Record<string, readonly [path: string, text: string, ...kinds: readonly string[]]>> = {
  'a mark in a comment of each form': [
    'a.ts',
    '// TODO\n/* FIXME: later */\nconst a = 1 // XXX\n/**\n * HACK around it\n */\n// see (TODO(ada))\nconst b = `${1 /* TODO: more */}`',
    '1 TODO',
    '2 FIXME',
    '3 XXX',
    '5 HACK',
    '7 TODO',
    '8 TODO',
  ],
  'an error that says so': [
    'a.ts',
    "export function a(b: string): number {\n  throw new Error('Not implemented')\n}\nconst c = () => Promise.reject(new TypeError(`a() is not yet implemented`))\n",
    '2 not-implemented',
    '4 not-implemented',
  ],
  'an empty function that was given something': [
    'a.tsx',
    'export function save(item: Item): void {}\nclass Store {\n  async put(key: string) {\n  }\n}\nfunction* all(of: number) {}',
    '1 empty-body',
    '3 empty-body',
  ],
  'a comment that admits it': [
    'a.js',
    '// placeholder\nlet a\n// This is just a stub\nlet b\n// mock data\nlet c\n/* not implemented yet */\n// a real implementation would ask the server\n',
    '1 stub',
    '3 stub',
    '5 stub',
    '7 not-implemented',
    '8 stub',
  ],
  'unwritten Python': [
    'a.py',
    'def a():\n    raise NotImplementedError("later")\n\ndef b(x):\n    """Says what it does."""\n    pass\n\nclass C:\n    def d(self, x):\n        ...\n\n    async def e(self):\n        raise NotImplementedError\n# TODO: more\n',
    '2 not-implemented',
    '4 empty-body',
    '9 empty-body',
    '13 not-implemented',
    '14 TODO',
  ],
  'unwritten Go': [
    'a.go',
    'package a\n\nfunc A(x int) {}\n\nfunc B() int { panic("not implemented") }\n\nfunc (s S) C(ctx context.Context) error { return errors.New("unimplemented") }\n\nfunc main() {\n}\n// FIXME\n',
    '3 empty-body',
    '5 not-implemented',
    '7 not-implemented',
    '9 empty-body',
    '11 FIXME',
  ],
  'other languages': [
    'a.rs',
    'fn a() { todo!() }\n// TODO: b\nfn c() { unimplemented!("d") }\n',
    '1 not-implemented',
    '2 TODO',
    '3 not-implemented',
  ],
  'scripts and settings': ['a.sh', '#!/bin/sh\necho 1 # TODO: two\n# FIXME\n', '2 TODO', '3 FIXME'],
  'Java and C#': [
    'A.java',
    'class A { void b() { throw new UnsupportedOperationException("Not implemented yet"); } }\nvar c = new NotImplementedException();\n',
    '1 not-implemented',
    '2 not-implemented',
  ],
  'code behind a NUL byte': ['a.ts', "const a = '\0'\n// TODO\n", '2 TODO'],
  'code with an error in it': ['a.ts', 'const = {\n// TODO\n', '2 TODO'],
}

const finished: Readonly<Record<string, readonly [path: string, text: string]>> = {
  'texts that mention the words': [
    'a.ts',
    "const marks = ['TODO', 'FIXME', `XXX`]\nconst s = 'not implemented'\nconst todo = <div>TODO</div>",
  ],
  'names that mention them': [
    'a.ts',
    'class TodoStore { add(todo: Todo) { this.todos.push(todo) } }\nconst placeholder = mock(stub)',
  ],
  'comments about them': [
    'a.ts',
    '// Lists TODO items, and the TODO list of each user.\n// The placeholder of the input.\n// Phone numbers look like XXX-XXX-XXXX.\n// A mock of the server answers in tests.\n// Not implemented in old browsers, which is why it is asked for.\n',
  ],
  'functions that do nothing on purpose': [
    'a.ts',
    'const noop = () => {}\nexport function noop(_: string) {}\nfunction close() {}\nclass A { constructor(private readonly b: string) {} }\nfunction c(d: string) {\n  // Nothing to do here: the caller closes it.\n}\nemitter.on("error", (error) => {})',
  ],
  'errors about something else': ['a.ts', "throw new Error('The method is not allowed')\nlog('not implemented')"],
  'doubles in tests': [
    'src/a.test.ts',
    "const store = { put(key: string) {} }\nfunction fake(key: string) {}\nclass Double { get(key: string) { throw new Error('not implemented') } }",
  ],
  'doubles in a folder of tests': ['test/doubles/store.py', 'class Store:\n    def put(self, key):\n        pass\n'],
  'abstract Python': [
    'a.py',
    'from abc import ABC, abstractmethod\n\nclass A(ABC):\n    @abstractmethod\n    def b(self, x):\n        ...\n\n    def c(self, x):\n        raise NotImplementedError\n\nclass P(Protocol):\n    def d(self, x): ...\n\nclass BaseStore:\n    def e(self, x):\n        raise NotImplementedError\n\nclass F:\n    def g(self):\n        raise NotImplementedError()\n\nclass H(F):\n    def g(self):\n        return 1\n\n@click.group()\ndef cli():\n    pass\n\n@overload\ndef i(x: int) -> int: ...\n\nclass J(Exception):\n    pass\n',
  ],
  'Go that marks types': ['a.go', 'package a\n\nfunc (x X) isShape() {}\n\nfunc init() {}\n\nfunc D(_ int) {}\n'],
  'what a program generated': [
    'a.pb.go',
    '// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n// TODO: x\nfunc A(x int) {}\n',
  ],
  'Python that protoc generated': [
    'a_pb2_grpc.py',
    '# Generated by the gRPC Python protocol compiler plugin. DO NOT EDIT!\nclass A(object):\n    def b(self, x):\n        raise NotImplementedError("Method not implemented!")\n',
  ],
  'addresses and colours in other languages': [
    'a.yaml',
    'url: https://example.org/#TODO:x\ncolor: "#FIXME"\nname: TODO list\n',
  ],
  'a declaration of what is written elsewhere': ['a.d.ts', '/** Not implemented */\nfunction a(b: string): void\n'],
  nothing: ['a.ts', ''],
}

describe('unfinished work is found', () => {
  test.each(Object.entries(unfinished))('%s', async (_, [path, text, ...kinds]) => {
    expect(await found(path, text)).toEqual(kinds)
  })
})

describe('no unfinished work is', () => {
  test.each(Object.entries(finished))('%s', async (_, [path, text]) => {
    expect(await found(path, text)).toEqual([])
  })
})

test('prose, data, locks and what is no text is not read', () => {
  const paths = [
    'README.md',
    'a/b.txt',
    'a.snap',
    'package-lock.json',
    'pnpm-lock.yaml',
    'x.png',
    'lib.min.js',
    'a.svg',
  ]
  expect(paths.filter(mayHoldPlaceholders)).toEqual([])
  expect(['a.ts', 'Makefile', 'a.md.ts', 'src/lock.ts'].filter((path) => !mayHoldPlaceholders(path))).toEqual([])
})
