import { readFileSync } from 'node:fs'
import { type Phase, phaseFileText } from '@nx-conduct/spec'

/** Whether a phase's `phase.json` is missing, or is not what `nx sync` would write. `file`: its path. */
export function isUnsynced(phase: Phase, file: string): boolean {
  try {
    return readFileSync(file, 'utf8') !== phaseFileText(phase)
  } catch {
    return true
  }
}
