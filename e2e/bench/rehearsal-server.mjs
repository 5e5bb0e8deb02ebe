/** `node rehearsal-server.mjs SCORE KEY`: plays the score for callers that send the key, until its standard input ends. Prints its address. */
import { readFileSync } from 'node:fs'
import { startRehearsal } from '@nx-conduct/agent'

const [file, token] = process.argv.slice(2)
const rehearsal = await startRehearsal({
  score: readFileSync(file, 'utf8'),
  name: file,
  token,
  onProblem: (problem) => console.error(problem),
})
console.log(rehearsal.url)
process.stdin.resume()
process.stdin.once('end', () => rehearsal.close())
