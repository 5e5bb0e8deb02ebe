import type { PresetName } from '../contract.ts'
import { aider } from './aider.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { copilot } from './copilot.ts'
import { cursorAgent } from './cursor-agent.ts'
import { gemini } from './gemini.ts'
import { opencode } from './opencode.ts'
import type { Preset } from './preset.ts'

/** Every preset, by its name. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  claude,
  codex,
  gemini,
  opencode,
  aider,
  'cursor-agent': cursorAgent,
  copilot,
}
