/** What a person reads of a run, judged: one sentence per thing that should not be there, or is missing. */
export function badWords(code, output, { isRun = true } = {}) {
  const problems = []
  const stack = /^\s+at .*(?:file:\/\/|node:|\/).*:\d+:\d+\)?$/m.exec(output)
  if (stack) problems.push(`a stack trace is on the screen: ${stack[0].trim()}`)
  const raw = rawControl(output)
  if (raw !== undefined) problems.push(`a raw control character is on the screen: ${JSON.stringify(raw)}`)
  if (isRun && code === 0 && /^✖/m.test(output)) problems.push('it ended with 0 and says that something failed')
  if (code !== 0 && code !== null && output.trim() === '') problems.push(`it ended with ${code} and says nothing`)
  return problems
}

/** A control character that is neither white space nor a plain colour. */
export function rawControl(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const found = /.{0,20}[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069].{0,20}/.exec(
    plain,
  )
  return found?.[0]
}

/** A refusal names what and the next command or what to do. */
export function isRefusal(output) {
  return /✖|! |NX {2}|fatal/.test(output) && /next {2,}|npx nx|git [a-z]|: [A-Z]|Run |Take it/.test(output)
}

const starts = String.raw`(?:git|npx|nx|rm|cd|sudo|apt-get|npm)\b`

/** Every command that a text tells a person to type, as it is printed. */
export function printedCommands(output) {
  return output.split('\n').flatMap((line) => {
    const found = new RegExp(String.raw`(?:[:(] ?|^\s{2,}|next {2,}|with |then )\`?(${starts} [^\n\`]*)`).exec(line)
    if (!found) return []
    const command = found[1]
      .replace(/\s{2,}#.*$/, '')
      .replace(/(?: – |, and |; |, then ).*$/, '')
      .replace(/[.)]?\s*(?:\[[a-z-]+\])?\s*$/, '')
    return [command]
  })
}

/** The first printed command that looks like this. */
export function printedCommand(output, pattern) {
  return printedCommands(output).find((command) => pattern.test(command))
}
