/** What stand-ins of the program `claude` print, as scripts of the shell. */
const print = (line) => `cat <<'END'\n${JSON.stringify(line)}\nEND`

/** The agent says something. */
export const says = (text) =>
  print({
    type: 'assistant',
    message: { id: text, content: [{ type: 'text', text }], usage: { input_tokens: 700, output_tokens: 34 } },
  })

const result = (more) =>
  print({
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 2,
    usage: { input_tokens: 1_200, output_tokens: 34 },
    ...more,
  })

/** The session ends with an error of the program. */
export const breaks = (text) => `${result({ is_error: true, result: text })}\nexit 1`

/** The session ends with a refusal of the model. */
export const refuses = (text) => result({ stop_reason: 'refusal', result: text })

/** The session ends with success, without a report. */
export const ends = (text) => result({ result: text })

/** The session ends with a report. */
export const reports = (built) => ends(`\`\`\`json\n${JSON.stringify({ built, tests: 'tried', issues: [] })}\n\`\`\``)

/** Writes a file, and whatever else, and reports. */
export const writes = (path, text, more = 'true') =>
  `${says('I write it.')}\nmkdir -p "$(dirname ${path})" && echo '${text}' > ${path}\n${more}\n${reports(`${path} is written`)}`

/** The modules' work. */
export const works = {
  base: writes('base/one.txt', '1'),
  add: writes('add/sum.txt', '3'),
  twice: writes('twice/double.txt', '4'),
  fix: writes('add/sum.txt', '3'),
}
