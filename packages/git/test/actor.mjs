// A process of its own for tests that kill one: does a task from its arguments with the compiled package.
const { built, root, create = [], advance } = JSON.parse(process.argv[2])
const git = await import(built)
const opened = await git.openRepository(root)
const repo = opened.repository
const commit = await git.resolveCommit(repo, 'HEAD')
const owner = { run: 'run-1', ...(await git.processIdentity()) }
await Promise.all(create.map((path) => git.createWorktree(repo, { path, commit, owner })))
if (advance !== undefined) process.stdout.write(JSON.stringify(await git.advanceBranch(repo, advance)))
