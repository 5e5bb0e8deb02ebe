import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs something with a prompt in a file of its own, outside every worktree. */
export async function withPromptFile<T>(prompt: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-conduct-prompt-'))
  try {
    const file = join(folder, 'prompt.md')
    await writeFile(file, prompt, { mode: 0o600 })
    return await use(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes the folders of this form that a program left in its working directory, or at the top of the repository, while `run` ran. */
export async function withoutLeavings<T>(
  form: RegExp | undefined,
  directory: string,
  run: () => Promise<T>,
): Promise<T> {
  if (form === undefined) return run()
  const find = async (): Promise<readonly string[]> => {
    const found = await Promise.all(
      [...new Set([directory, topOf(directory)])].map(async (folder) =>
        (await readdir(folder)).filter((name) => form.test(name)).map((name) => join(folder, name)),
      ),
    )
    return found.flat()
  }
  const before = new Set(await find())
  try {
    return await run()
  } finally {
    for (const path of await find()) if (!before.has(path)) await rm(path, { recursive: true, force: true })
  }
}

function topOf(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return directory
  }
}
