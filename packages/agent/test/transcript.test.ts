import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SessionProgress } from '../src/contract.ts'
import { openTranscript } from '../src/session/transcript.ts'

async function withTranscript(use: (folder: string, said: SessionProgress[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'transcript-'))
  try {
    await use(folder, [])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const now = () => 0

test('a transcript whose folder is deleted during the session goes on in a new one', () =>
  withTranscript(async (folder, said) => {
    const file = join(folder, 'deep', 'transcript.jsonl')
    const transcript = openTranscript({ file, secrets: [], now, onProgress: (progress) => said.push(progress) })
    await transcript.append({ type: 'first' })
    await rm(join(folder, 'deep'), { recursive: true })
    await transcript.append({ type: 'second' })
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ type: 'second' })
    expect(said).toEqual([])
  }))

test('a transcript that cannot be written is reported once and ends nothing', () =>
  withTranscript(async (folder, said) => {
    await writeFile(join(folder, 'deep'), 'a file where the folder has to be')
    const file = join(folder, 'deep', 'transcript.jsonl')
    const transcript = openTranscript({ file, secrets: [], now, onProgress: (progress) => said.push(progress) })
    await transcript.append({ type: 'first' })
    await transcript.append({ type: 'second' })
    expect(said).toEqual([{ type: 'transcript-lost', file, why: expect.stringMatching(/ENOTDIR|EEXIST/) }])
  }))
