import { agentOs } from './agent-os.ts'
import { bernstein } from './bernstein.ts'
import { bmadEpics } from './bmad-epics.ts'
import { bmadStory } from './bmad-story.ts'
import type { Format, FormatId } from './foreign-plan.ts'
import { gsdPlan } from './gsd-plan.ts'
import { gsdRoadmap } from './gsd-roadmap.ts'
import { kiro } from './kiro.ts'
import { openspec } from './openspec.ts'
import { specKit } from './spec-kit.ts'
import { specKitty } from './spec-kitty.ts'
import { specKittyPackage } from './spec-kitty-package.ts'
import { superpowers } from './superpowers.ts'
import { taskMaster } from './task-master.ts'

/** Every format that can be imported; a new one is a file and a line here. */
export const formats: readonly Format[] = [
  specKit,
  kiro,
  openspec,
  gsdRoadmap,
  gsdPlan,
  bmadEpics,
  bmadStory,
  taskMaster,
  agentOs,
  superpowers,
  specKitty,
  specKittyPackage,
  bernstein,
]

const SURE = 0.5
// Marks of a format are near the beginning, and a text of any size has to be told apart quickly.
const LENGTH = 200_000

/** The format that a text is most surely of; undefined where none is likely. Fences and comments say nothing. */
export function recogniseFormat(
  text: string,
  name: string,
): { readonly id: FormatId; readonly confidence: number } | undefined {
  const shown = text
    .slice(0, LENGTH)
    .replace(/\r\n?/g, '\n')
    .replace(/^\ufeff/, '')
  const bare = /^\s*\{/.test(shown) ? shown : withoutFences(shown)
  let best: { id: FormatId; confidence: number } | undefined
  for (const format of formats) {
    const confidence = format.recognise(bare, name)
    if (confidence >= SURE && confidence > (best?.confidence ?? 0)) best = { id: format.id, confidence }
  }
  return best
}

/** The text with the lines of its fences blank. */
function withoutFences(text: string): string {
  let fence: string | undefined
  return text
    .split('\n')
    .map((line) => {
      const mark = line.match(/^\s{0,3}(`{3,}|~{3,})/)?.[1]
      if (fence === undefined) {
        if (mark === undefined) return line
        fence = mark
        return ''
      }
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined
      return ''
    })
    .join('\n')
}
