/**
 * A text of JSON or YAML as Markdown. Such texts are mostly written as Markdown and are kept as such; only what Markdown would hide or
 * lose is escaped: HTML, and names such as `__init__`.
 */
export function asMarkdown(text: string): string {
  let fenced = false
  return text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split('\n')
    .map((line) => {
      if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced
      if (fenced) return line
      return line
        .split(/(`[^`]*`)/)
        .map((part, index) =>
          index % 2 === 1
            ? part
            : part.replace(/<(?=[A-Za-z/!?])/g, '\\<').replace(/(?<![\w\\])__(?=\w+__)/g, '\\_\\_'),
        )
        .join('')
    })
    .join('\n')
}

/** The same on one line. */
export function asLine(text: string): string {
  return asMarkdown(text).replace(/\s*\n\s*/g, ' ')
}
