import type { Phase } from '@nx-conduct/spec'

/** Message of a phase's accepted commit. Trailers are labels for people; nothing is decided by them. */
export function phaseMessage(phase: Phase): string {
  const tasks = phase.tasks.map(({ text }) => `- ${text.replace(/\s+/g, ' ')}`).join('\n')
  return `Phase ${phase.id}: ${phase.title}\n\n${tasks === '' ? '' : `${tasks}\n\n`}Conduct-Phase: ${phase.id}\nConduct-Slice: ${phase.digest}\n`
}
