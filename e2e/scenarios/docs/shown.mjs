/** What a page shows of a command's output, compared with what was printed. */
import { stripVTControlCharacters } from 'node:util'

/** A line without what differs from run to run: colours, times, sizes, ids, versions and folders. */
export function comparable(line) {
  return (
    stripVTControlCharacters(line)
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
      .replace(/(?<![\w.])(?:~|\/)(?:[\w.@-]+\/)*[\w.@-]*\/[\w.@-]+/g, 'PATH')
      .replace(/\b(?=[a-f]*\d)[0-9a-f]{7,64}\b/g, 'ID')
      .replace(/\b\d+\.\d+\.\d+\b/g, 'VERSION')
      .replace(/^\s*\d+:\d\d(?=\s)/, 'CLOCK')
      .replace(/<?\b\d+(?:\.\d+)? ?(?:ms|s|min|minutes?|hours?)\b/g, 'TIME')
      // A step that took no time to speak of is printed without one.
      .replace(/\(TIME\)/g, '')
      .replace(/\b\d+(?:\.\d+)? [kMGT]?B\b/g, 'SIZE')
      .replace(/\s+/g, ' ')
      .trim()
  )
}

/** The lines that the page shows and that were not printed. `…` in a line stands for anything. */
export function notPrinted(shown, output) {
  const printed = output.split('\n').map(comparable)
  return shown.split('\n').filter((line) => {
    const wanted = comparable(line)
    if (wanted === '' || wanted === '…') return false
    const pattern = new RegExp(
      wanted
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*'),
    )
    return !printed.some((each) => pattern.test(each))
  })
}
