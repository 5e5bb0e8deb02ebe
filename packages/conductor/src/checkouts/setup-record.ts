import { rm } from 'node:fs/promises'

/** Forgets what `setup:` made in a checkout that is gone. */
export async function forgetSetup(top: string): Promise<void> {
  await rm(`${top}.setup.json`, { force: true })
}
