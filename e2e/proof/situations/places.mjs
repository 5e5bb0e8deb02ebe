import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addOwnThings, linkModules, makeRepository, workspaceFiles, writeWorkspace } from './place.mjs'
import { made } from './plan.mjs'

/** Where the workspace is: its folder's name, and the repository's shape around it. */

/** The usual workspace in a folder of this name. */
function named(what, name, extra = async () => {}) {
  return {
    name: `path with ${what}`,
    async prove(scene) {
      const place = await scene.open({ name })
      await scene.conducts(place)
      await scene.holdsResult(place)
      await extra(scene, place)
    },
  }
}

/** A clone of a workspace's repository, made with these options. */
function cloned(what, options, serve = {}) {
  return {
    name: `${what} clone`,
    async prove(scene) {
      const source = await scene.open({ own: false, name: 'source', within: join(scene.folder, 'from') })
      for (const number of [1, 2, 3]) await source.commit('history.txt', `${number}\n`, `History ${number}`)
      for (const [key, value] of Object.entries(serve)) await source.git('config', key, value)
      const place = await scene.place({ control: source.control })
      await source.git('clone', '--quiet', ...options, `file://${source.root}`, place.root)
      await makeRepository(place)
      await linkModules(place.root)
      await addOwnThings(place)
      await scene.watch(place)
      await scene.watch(source)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  }
}

export const rows = [
  {
    name: 'issue 4: Nx root in a subfolder of the repository',
    async prove(scene) {
      const inner = await scene.place({ name: 'repository/apps/web' })
      inner.top = join(scene.folder, 'repository')
      inner.gitDir = join(inner.top, '.git')
      await mkdir(inner.root, { recursive: true })
      await makeRepository({ ...inner, root: inner.top, git: (...args) => inner.git('-C', inner.top, ...args) })
      await writeWorkspace(inner)
      await inner.write('../../base/one.txt', 'theirs\n')
      await inner.git('-C', inner.top, 'add', '--all')
      await inner.git('commit', '--quiet', '--message', 'Start')
      await scene.watch(inner)
      const run = scene.heard(inner.nx(['run', 'spec:conduct', '--outputStyle=stream']))
      const { code, output } = await scene.endOf(run)
      scene.expect(
        (await inner.git('show', 'HEAD:base/one.txt')) === 'theirs',
        "another project's file was overwritten",
      )
      const outside = (await inner.git('diff', '--name-only', 'HEAD@{1}', 'HEAD').catch(() => ''))
        .split('\n')
        .filter((path) => path !== '' && !path.startsWith('apps/web/'))
      scene.expect(outside.length === 0, `files outside the workspace were written: ${outside.join(', ')}`)
      if (code === 0) {
        const below = Object.fromEntries(Object.entries(made).map(([path, text]) => [`apps/web/${path}`, text]))
        await scene.holdsResult(inner, 'HEAD', below)
      } else {
        scene.says({ output }, /subfolder|top of (the|its) repository|folder/i)
        scene.expect((await inner.sessions()).length === 0, 'agents were run before it was refused')
      }
    },
  },
  named('spaces', 'my work space'),
  named('quotes', 'it\'s a "workspace"'),
  named('letters that are not ASCII', 'Größe 数 🦀'),
  {
    name: 'path with a newline in it',
    async prove(scene) {
      const place = await scene.open({ name: 'two\nlines' })
      const { code } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else scene.expect((await place.sessions()).length === 0, 'agents were run before it was refused')
    },
  },
  cloned('shallow', ['--depth', '1']),
  cloned('partial', ['--filter=blob:none'], {
    'uploadpack.allowFilter': 'true',
    'uploadpack.allowAnySHA1InWant': 'true',
  }),
  cloned('single-branch', ['--single-branch']),
  {
    name: 'shared clone',
    async prove(scene) {
      const source = await scene.open({ own: false, name: 'source', within: join(scene.folder, 'from') })
      const place = await scene.place({ control: source.control })
      await source.git('clone', '--quiet', '--shared', source.root, place.root)
      await makeRepository(place)
      await linkModules(place.root)
      await addOwnThings(place)
      await scene.watch(place)
      await scene.watch(source)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'main checkout that is itself a linked worktree',
    async prove(scene) {
      const main = await scene.open({ own: false, name: 'primary', within: join(scene.folder, 'from') })
      const place = await scene.place({ control: main.control })
      await main.git('worktree', 'add', '--quiet', '-b', 'side', place.root)
      place.gitDir = main.gitDir
      await linkModules(place.root)
      await place.write('loose.txt', 'untracked\n')
      scene.mayLeave(/worktree registration|^worktrees: /)
      await scene.watch(main, { movable: ['refs/heads/side'] })
      await scene.watch(place)
      await scene.conducts(place)
      await scene.holdsResult(place, 'side')
      await scene.lacksResult(place, 'main')
    },
  },
  {
    name: 'bare repository with worktrees',
    async prove(scene) {
      const source = await scene.open({ own: false, name: 'source', within: join(scene.folder, 'from') })
      const place = await scene.place({ control: source.control })
      const bare = join(scene.folder, 'bare.git')
      await source.git('clone', '--quiet', '--bare', source.root, bare)
      await source.git('-C', bare, 'worktree', 'add', '--quiet', place.root, 'main')
      place.gitDir = bare
      await place.git('config', 'user.name', 'Somebody')
      await place.git('config', 'user.email', 'somebody@localhost')
      await linkModules(place.root)
      await place.write('loose.txt', 'untracked\n')
      scene.mayLeave(/worktree registration|^worktrees: /)
      await scene.watch(place)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'bare repository as the workspace: refused',
    async prove(scene) {
      const place = await scene.place()
      await mkdir(place.root, { recursive: true })
      await place.git('init', '--quiet', '--bare', '.')
      for (const [path, text] of Object.entries(workspaceFiles(place))) await place.write(path, text)
      await scene.refuses(place.conduct(), /bare/)
    },
  },
  {
    name: 'issue 9: two worktrees of one commit conducting at once',
    stores: ['git', 'redis'],
    async prove(scene) {
      const first = await scene.open({ own: false })
      const second = await scene.place({ within: join(scene.folder, 'other'), name: 'second', control: first.control })
      await first.git('worktree', 'add', '--quiet', '-b', 'second', second.root)
      second.gitDir = first.gitDir
      await linkModules(second.root)
      scene.mayLeave(/worktree registration|^worktrees: /)
      await scene.watch(first, { movable: ['refs/heads/main', 'refs/heads/second'] })
      await scene.watch(second, { movable: ['refs/heads/main', 'refs/heads/second'] })
      const runs = [first.conduct(), second.conduct()].map((run) => scene.heard(run))
      const ends = await Promise.all(runs.map((run) => scene.endOf(run)))
      const branches = ['main', 'second']
      const trees = await Promise.all(branches.map((branch) => first.git('rev-parse', `${branch}^{tree}`)))
      for (const [at, { code, output }] of ends.entries()) {
        const lacking = await scene.lacks(first, branches[at])
        if (code === 0) {
          scene.expect(
            lacking.length === 0,
            `the run on ${branches[at]} ended with 0, and ${branches[at]} has no result`,
          )
        } else scene.says({ output }, /npx nx run spec:conduct|git merge/)
      }
      if (ends.every(({ code }) => code === 0)) {
        scene.expect(trees[0] === trees[1], 'both runs ended well, and the branches have different trees')
      }
      const sessions = await first.sessions()
      scene.expect(sessions.length === new Set(sessions).size, `agents worked twice: ${sessions.join(', ')}`)
    },
  },
  {
    name: 'no commit yet: refused, and the printed command makes one',
    async prove(scene) {
      const place = await scene.place()
      await makeRepository(place)
      await writeWorkspace(place)
      const { output } = await scene.refuses(place.conduct(), /commit/)
      const { code } = await scene.types(place, command(output, /^git add/))
      scene.expect(code === 0, 'the printed command failed')
      await scene.watch(place)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'no repository: refused, and the printed command makes one',
    async prove(scene) {
      const place = await scene.place()
      await writeWorkspace(place)
      await place.sh(
        'git config --global user.name A; git config --global user.email a@b; git config --global init.defaultBranch main',
      )
      const { output } = await scene.refuses(place.conduct(), /git init/)
      const { code } = await scene.types(place, command(output, /^git init/))
      scene.expect(code === 0, 'the printed command failed')
      await scene.watch(place)
      await scene.conducts(place)
      await scene.holdsResult(place)
      scene.expect(!(await place.git('ls-files')).includes('node_modules/nx/'), 'node_modules was committed')
    },
  },
  {
    name: 'a worktree was moved by hand and git does not know it yet',
    async prove(scene) {
      const place = await scene.open()
      const extra = join(scene.folder, 'extra')
      await place.git('worktree', 'add', '--quiet', '--detach', extra)
      await rm(extra, { recursive: true })
      scene.mayLeave(/worktree registration|^worktrees: /)
      await scene.conducts(place)
      await scene.holdsResult(place)
      scene.expect((await place.git('worktree', 'list')).includes('extra'), "the user's registration is gone")
    },
  },
]

function command(output, pattern) {
  return output
    .split('\n')
    .map((line) => line.slice(Math.max(0, line.search(/\bgit (init|add)/))).trim())
    .find((line) => pattern.test(line))
}
