import { changedTexts, type Oid, type Repository } from '@nx-conduct/git'
import { isTestFile, keepsFromRunning } from './tests-in.ts'

/** Lines that were added between two trees and keep tests from running, as `path:line: text`. */
export async function skippedTests(repo: Repository, before: Oid, after: Oid): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { path, text, added } of changedTexts(repo, before, after, isTestFile)) {
    for (const [at, line] of text.split('\n').entries()) {
      if (added.has(at + 1) && keepsFromRunning(path, line)) {
        found.push(`${path}:${at + 1}: ${line.trim().slice(0, 120)}`)
      }
    }
  }
  return found
}
