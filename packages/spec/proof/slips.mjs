import { fieldOf } from '../dist/label.js'

const LABEL = /^(\s*(?:[-*+]\s+)?(?:\*\*|__)?)([A-Z][\w &/-]{1,48}?)((?:\*\*|__)?)\s*:((?:\*\*|__)?)(?=\s|$)/

/**
 * The specs that differ from a covered one in one deleted heading marker of a phase, label's colon or fence's end, each with the lines
 * near which a finding has to stand.
 * @param {import('@nx-conduct/spec').Coverage} coverage
 */
export function slipsOf({ lines }) {
  const found = []
  const texts = lines.map(({ text }) => text)
  const slip = (what, at, changed, from = at, to = at) => {
    const without = changed === undefined ? [...texts.slice(0, at), ...texts.slice(at + 1)] : texts.with(at, changed)
    const shorter = changed === undefined
    found.push({
      what,
      shorter,
      line: at + 1,
      from: from + 1,
      to: to + 1,
      shown: texts[at] ?? '',
      text: without.join('\n'),
    })
  }
  let fence
  lines.forEach(({ text, fates }, at) => {
    if (fates.some(({ kind }) => kind === 'phase') && /^#{1,6} /.test(text))
      slip("a phase's heading marker", at, text.replace(/^#+ /, ''))
    const label = LABEL.exec(text)
    const field = label === null ? undefined : fieldOf(label[2] ?? '')
    if (label !== null && fates.some((fate) => fate.kind === 'field' && fate.field === field)) {
      slip("a label's colon", at, `${label[1]}${label[2]}${label[3]}${label[4]}${text.slice(label[0].length)}`)
    }
    const mark = fates.some(({ kind }) => kind === 'markup') ? /^\s*(`{3,}|~{3,})(.*)$/.exec(text) : null
    if (mark === null) return
    if (fence === undefined) fence = { at, mark: mark[1] ?? '' }
    else if (mark[2]?.trim() === '' && (mark[1] ?? '').startsWith(fence.mark)) {
      slip("a fence's end", at, undefined, fence.at, at + 12)
      fence = undefined
    }
  })
  return found
}
