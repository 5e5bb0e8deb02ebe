/** A port that has to answer when a program is started. */
export interface Serves {
  readonly port: number
  /** Path of an HTTP endpoint that has to answer with 2xx; without it, a connection is enough. */
  readonly path?: string
  readonly start: string
}

const attempts = 75
const pauseMs = 200

/**
 * The criterion as one shell command: starts the program, asks until it answers, and exits 0 when it does. Fails at once
 * when something else holds the port before, because its answer would prove nothing, and when the program ends. The
 * runner ends what was started.
 */
export function servesCommand({ port, path, start }: Serves): string {
  const ask = `node -e ${quote(path === undefined ? connect(port) : request(port, path))}`
  return [
    `if node -e ${quote(connect(port))} 2>/dev/null; then echo "port ${port} is taken before the program is started"; exit 1; fi`,
    `( ${start}\n) & program=$!`,
    `for attempt in $(seq ${attempts}); do`,
    `  if ${ask} 2>/dev/null; then exit 0; fi`,
    `  if ! kill -0 $program 2>/dev/null; then wait $program; echo "the program ended with $? before port ${port} answered"; exit 1; fi`,
    `  sleep ${pauseMs / 1_000}`,
    'done',
    `echo "port ${port}${path === undefined ? '' : ` did not answer ${path} with 2xx`} within ${(attempts * pauseMs) / 1_000} s"; exit 1`,
  ].join('\n')
}

function connect(port: number): string {
  return `require('net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`
}

function request(port: number, path: string): string {
  return `fetch(${JSON.stringify(`http://127.0.0.1:${port}${path}`)}).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
