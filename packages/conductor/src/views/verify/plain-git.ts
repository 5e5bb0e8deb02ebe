import { PlainGit as Git } from '@nx-conduct/store'

/** A file of a tree: mode and blob by path. */
export type TreeFiles = ReadonlyMap<string, string>

/** Reads a repository with plain git, and with nothing that the steps use themselves. */
export class PlainGit extends Git {
  /** Output lines; none when git fails. */
  async lines(args: readonly string[]): Promise<readonly string[]> {
    const { code, stdout } = await this.run(args)
    return code === 0 ? stdout.toString('utf8').split('\n').filter(Boolean) : []
  }

  async text(name: string): Promise<string | undefined> {
    const [found] = await this.objects([name])
    return found?.type === 'blob' ? found.body.toString('utf8') : undefined
  }

  async files(tree: string): Promise<TreeFiles> {
    const { stdout } = await this.run(['ls-tree', '-r', '-z', '--full-tree', tree])
    const entries = stdout.toString('utf8').split('\0').filter(Boolean)
    return new Map(
      entries.map((entry) => {
        const tab = entry.indexOf('\t')
        return [entry.slice(tab + 1), entry.slice(0, tab)]
      }),
    )
  }

  /** Paths of the files below a folder of a tree. */
  async paths(tree: string, folder: string): Promise<readonly string[]> {
    const { stdout } = await this.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree, '--', `${folder}/`])
    return stdout.toString('utf8').split('\0').filter(Boolean)
  }

  /** The tree of a commit, ref or tree. */
  async treeOf(name: string): Promise<string | undefined> {
    return (await this.lines(['rev-parse', '--verify', '--quiet', `${name}^{tree}`]))[0]
  }

  async contains(descendant: string, ancestor: string): Promise<boolean> {
    return (await this.run(['merge-base', '--is-ancestor', ancestor, descendant])).code === 0
  }
}
