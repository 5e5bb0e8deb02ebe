/** Plays the score that its argument names, in a process of its own, until its standard input ends. Prints its address. */
import { readFileSync } from 'node:fs'
import { startRehearsal } from '@nx-conduct/agent'

const [file] = process.argv.slice(2)
const rehearsal = await startRehearsal({
  score: readFileSync(file, 'utf8'),
  name: file,
  onProblem: (problem) => console.error(problem),
})
console.log(rehearsal.url)
process.stdin.resume()
process.stdin.once('end', () => rehearsal.close())
