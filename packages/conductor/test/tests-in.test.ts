import { describe, expect, test } from 'vitest'
import { faultOfTestLine, isTestFile, keepsFromRunning, testsIn } from '../src/gates/weakening/tests-in.ts'

/** Lines that keep tests from running, and the nearest that do not, by the file they stand in. */
const skipping: Readonly<Record<string, { readonly skipped: readonly string[]; readonly fine: readonly string[] }>> = {
  'a.test.ts': {
    skipped: [
      "it.skip('a', () => {})",
      "test.todo('a')",
      "describe.only('a', () => {})",
      "suite.skip('a')",
      "context.only('a')",
      "specify.skip('a')",
      "test.fixme('a')",
      "test.failing('a')",
      "it.fails('a')",
      "it.concurrent.skip('a')",
      "test.describe.only('a')",
      "it.skip.each([1])('a')",
      "it.skipIf(true)('a')",
      "it.skipIf( true)('a')",
      "describe.runIf(false)('a')",
      "test('a', { skip:'later' }, () => {})",
      "describe.runIf( false )('a')",
      "xit('a')",
      "xdescribe('a')",
      "xtest.each`a`('b')",
      "fit('a')",
      "fdescribe ('a')",
      "fcontext('a')",
      "test('a', { skip: true }, () => {})",
      "test('a', { skip: 'later' }, () => {})",
      "test('a', { todo:true }, () => {})",
      "test('a', { only: true }, () => {})",
      't.skip()',
      "this.skip('later')",
    ],
    fine: [
      "it('skips what is only a word', () => {})",
      "it.each([1])('a')",
      "it.skipIf(!hasRedis)('a')",
      "it.runIf(isLinux)('a')",
      'list.skip(1)',
      'my.it.skip(1)',
      'submit.only(1)',
      "// it.skip('a')",
      "/* xit('a') */ it('a')",
      'exit(1)',
      'profit(1)',
      'skipped: true',
      'skip: isSlow',
      "expect(item).toEqual({ todo: 'milk' })",
      'cursor.skip(3)',
      'fit.width(3)',
    ],
  },
  'test_a.py': {
    skipped: [
      '@pytest.mark.skip',
      '@pytest.mark.skipif(True, reason="later")',
      '@pytest.mark.xfail',
      '@unittest.skip("later")',
      '@unittest.skipIf(True, "later")',
      '@skipUnless(False, "later")',
      '@unittest.expectedFailure',
      'pytestmark = pytest.mark.skip',
      'pytest.skip("later")',
      'pytest.xfail("later")',
      'self.skipTest("later")',
      'raise SkipTest',
      'raise unittest.SkipTest("later")',
    ],
    fine: [
      'def test_skip():',
      '# pytest.skip("later")',
      '@skipping',
      'pytest.mark.slow',
      'self.skip("x")',
      'raise SkipTests',
    ],
  },
  'a_test.go': {
    skipped: ['\tt.Skip("later")', '\tt.SkipNow()', '\tt.Skipf("later")'],
    fine: ['\tt.Log("Skip")', '\tlist.Skip(1)', '\t// t.Skip("later")'],
  },
  'a.rs': { skipped: ['#[ignore]', '#[ignore = "later"]'], fine: ['#[test]', '// #[ignore]', '#[ignored]'] },
  'ATest.java': { skipped: ['@Disabled', '@Ignore("later")'], fine: ['@Test', '// @Disabled', '@Ignored'] },
  'ATests.cs': {
    skipped: ['[Ignore("later")]', '[Fact(Skip = "later")]', '[Theory(Timeout = 1, Skip="later")]'],
    fine: ['[Fact]', '[Fact(DisplayName = "a")]', 'var Skip = 1;'],
  },
}

/** Lines that assert nothing, and the nearest that do. */
const asserting: Readonly<Record<string, { readonly hollow: readonly string[]; readonly fine: readonly string[] }>> = {
  'a.test.ts': {
    hollow: [
      'expect(true).toBe(true)',
      'expect( 1 ).toEqual( 1 )',
      'expect(false).toStrictEqual(false)',
      "expect('a').toBe('a')",
      "expect('several').toBe('several')",
      'expect("several").toBe("several")',
      'expect( true ).toBeTruthy()',
      'assert.ok( true )',
      'assert.equal( a , a )',
      'expect("a").toBe("a")',
      'expect(result).toEqual(result)',
      'expect(a.b).toBe(a.b)',
      'expect(true).toBeTruthy()',
      'expect(1).toBeDefined()',
      'assert(true)',
      "assert.ok(true, 'fine')",
      'assert.equal(1, 1)',
      'assert.strictEqual(a, a, "same")',
      'assert.deepEqual(a.b,a.b)',
    ],
    fine: [
      'expect(true).toBe(done)',
      'expect(a).toBe(ab)',
      'expect(ab).toBe(a)',
      "expect('a').toBe('b')",
      'expect(f()).toBe(f())',
      'expect(result).toBeTruthy()',
      'assert(trueish)',
      'assert.ok(done)',
      'assert.equal(a, b)',
      'assert.equal(a, a.length)',
      '// expect(true).toBe(true)',
    ],
  },
  'test_a.py': {
    hollow: [
      'assert True',
      '  assert 1',
      '    assert True, "fine"',
      'assert x == x',
      'assert a.b == a.b, "same"',
      'self.assertTrue(True)',
      'self.assertEqual(1, 1)',
      'self.assertIs(a, a)',
      'self.assertEqual(several, several)',
    ],
    fine: [
      'assert done',
      'assert x == xy',
      'assert x == y',
      'self.assertEqual(1, 2)',
      'self.assertTrue(done)',
      'assert True is done',
    ],
  },
  'a_test.go': {
    hollow: ['\tassert.True(t, true)', '\trequire.True(t, true)'],
    fine: ['\tassert.True(t, done)', '\tassert.False(t, true)'],
  },
  'a.rs': { hollow: ['assert!(true)'], fine: ['assert!(done)', 'assert!(true_of(x))'] },
  'ATest.java': { hollow: ['assertTrue(true);', 'Assert.True(true);'], fine: ['assertTrue(done);'] },
}

describe('a line of a file of tests', () => {
  test.each(Object.entries(skipping))('of %s may keep tests from running', (path, { skipped, fine }) => {
    expect(skipped.filter((line) => !keepsFromRunning(path, line))).toEqual([])
    expect(fine.filter((line) => keepsFromRunning(path, line))).toEqual([])
    for (const line of skipped) expect(faultOfTestLine(path, line), line).toBe('it keeps tests from running')
    for (const line of fine) expect(faultOfTestLine(path, line), line).toBe(undefined)
  })

  test.each(Object.entries(asserting))('of %s may assert nothing', (path, { hollow, fine }) => {
    for (const line of hollow) expect(faultOfTestLine(path, line), line).toBe('it asserts nothing')
    for (const line of fine) expect(faultOfTestLine(path, line), line).toBe(undefined)
  })

  test('in no language that is read says nothing', () => {
    expect(keepsFromRunning('a.txt', "it.skip('a')")).toBe(false)
    expect(faultOfTestLine('a.txt', "it.skip('a')")).toBe(undefined)
  })
})

describe('tests and assertions are counted', () => {
  const texts: readonly (readonly [path: string, text: string, tests: number, assertions: number])[] = [
    [
      'a.spec.tsx',
      "describe('x', () => {\n  it('a', () => { expect(1).toBe(1); expect.soft(2) })\n  test.each([1])(\"b\", assert)\n  specify(`c`, () => a.should.equal(1))\n  // it('no')\n  my.it('no'); unit('no'); it(no)\n  it.concurrent('d', () => { assert.equal(1, 2); assert(x) })\n  it.each`several`('e')\n  it.each([1])\n  ( 'f' )\n})\nconst url = 'http://x' // expect(1)\n",
      6,
      5,
    ],
    [
      'test_a.py',
      'def test_a():\n    assert x\n    assertion = 1\nasync def test_b(): pass\nclass A:\n\tdef test(self):\n\t\tself.assertEqual(1, 2)\ndef helper(): pass # def test_no\nwith pytest.raises(X): pass\n# assert no\n',
      3,
      3,
    ],
    [
      'a_test.go',
      'func TestA(t *testing.T) {\n t.Run("b", f)\n t.Error("x"); t.Fatalf("y"); assert.Equal(t, 1, 2); require.NoError(t, err)\n}\nfunc FuzzSeveral(f) {}\nfunc ExampleC() {}\nfunc helper() {}\n// func TestNo(\n',
      4,
      4,
    ],
    [
      'a.rs',
      '#[test]\nfn a() { assert!(x); assert_eq!(a, b); }\n#[tokio::test]\nfn b() { debug_assert!(x) }\n#[tested]\n',
      2,
      2,
    ],
    ['ATest.kt', '@Test fun a() { assertEquals(1, 2) }\n@Tested\n@Test fun b() { Assert.That(x) }\n', 2, 2],
    ['ATests.cs', '[Fact] void A() {}\n[Theory] void B() { Assert.Equal(1, 2); }\n[Test] void C() {}\n[Facts]\n', 3, 1],
    ['a.txt', "it('a')", 0, 0],
  ]
  test.each(texts)('in %s', (path, text, tests, assertions) => {
    expect(testsIn(path, text)).toEqual({ tests, assertions })
  })
})

test('files of tests are known by their path', () => {
  const tests = [
    'test/a.js',
    'a/tests/b.mjs',
    '__tests__/a.cjs',
    'spec/a.jsx',
    'specs/a.mts',
    'e2e/a.cts',
    'a.test.ts',
    'a_spec.ts',
    'a-tests.tsx',
    'test_a.py',
    'test_several.py',
    'a/b_test.py',
    'a/several_test.py',
    'a_test.go',
    'src/lib.rs',
    'ATest.java',
    'ATests.cs',
    'ATest.kt',
  ]
  expect(tests.filter((path) => !isTestFile(path))).toEqual([])
  const others = [
    'a.ts',
    'latest/a.js',
    'atest.ts',
    'test/a.txt',
    'a_test.c',
    'testing.go',
    'tests.py',
    'Test.javac',
    'a.test',
  ]
  expect(others.filter(isTestFile)).toEqual([])
})
