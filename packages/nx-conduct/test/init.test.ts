import { readJson, readNxJson, type Tree } from '@nx/devkit'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import init from '../src/generators/init.ts'

let tree: Tree
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace()
  tree.delete('.gitignore')
})

const run = (options = {}) => init(tree, { skipFormat: true, ...options })
const files = () => tree.listChanges().map(({ path, content }) => [path, content?.toString()])

describe('nx g nx-conduct:init', () => {
  it('registers the plugin and its sync generator, and adds the dev dependency', async () => {
    await run()
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: 'nx-conduct' }])
    expect(readNxJson(tree)?.sync?.globalGenerators).toEqual(['nx-conduct:sync'])
    expect(readJson(tree, 'package.json').devDependencies['nx-conduct']).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('changes nothing the second time', async () => {
    await run()
    const once = files()
    await run()
    expect(files()).toEqual(once)
  })

  it('makes nx.json in a folder that has none, as `npm install nx` leaves it', async () => {
    tree.delete('nx.json')
    await run()
    expect(readNxJson(tree)).toMatchObject({
      plugins: [{ plugin: 'nx-conduct' }],
      sync: { globalGenerators: ['nx-conduct:sync'] },
    })
  })

  it('keeps plugins and sync generators that are there', async () => {
    tree.write('nx.json', JSON.stringify({ plugins: ['@nx/js'], sync: { globalGenerators: ['a:b'] } }))
    await run()
    expect(readNxJson(tree)?.plugins).toEqual(['@nx/js', { plugin: 'nx-conduct' }])
    expect(readNxJson(tree)?.sync?.globalGenerators).toEqual(['a:b', 'nx-conduct:sync'])
  })

  it.each([
    ['there is no .gitignore', undefined, '.conduct\nnode_modules\n.nx/cache\n.nx/workspace-data\n'],
    ['packages are not ignored', 'dist\n.nx', 'dist\n.nx\n.conduct\nnode_modules\n'],
    ['packages are ignored', '/node_modules/\n.nx/\n', '/node_modules/\n.nx/\n.conduct\n'],
    [
      "a part of Nx's folder is",
      '.conduct\nnode_modules\n.nx/cache\n',
      '.conduct\nnode_modules\n.nx/cache\n.nx/workspace-data\n',
    ],
    ['all are ignored', '**/node_modules\n.conduct/\n/.nx\n', '**/node_modules\n.conduct/\n/.nx\n'],
  ])('ignores what nobody wants committed where %s', async (_, before, after) => {
    if (before !== undefined) tree.write('.gitignore', before)
    await run()
    expect(tree.read('.gitignore', 'utf8')).toBe(after)
  })

  it('leaves package.json alone when asked to, and a version that is there', async () => {
    const before = tree.read('package.json', 'utf8')
    await run({ skipPackageJson: true })
    expect(tree.read('package.json', 'utf8')).toBe(before)
    tree.write('package.json', JSON.stringify({ devDependencies: { 'nx-conduct': 'file:nx-conduct.tgz' } }))
    await run()
    expect(readJson(tree, 'package.json').devDependencies['nx-conduct']).toBe('file:nx-conduct.tgz')
  })
})
