// Compiles one large text and prints what that took: node fuzz-large.mjs SEED SIZE. A process of its own, so that memory is that of one.
import { compile } from '../dist/index.js'
import { generator } from './generator.mjs'
import { largeText } from './large-text.mjs'

const [seed, size] = process.argv.slice(2).map(Number)
const text = largeText(generator(seed), size)
if (process.env.SHOW_TEXT !== undefined) process.stdout.write(text)
else {
  // What every run loads and compiles once is not the text's.
  compile('## Phases\n\n### Phase 1: A\n\n- **a** `b`\n\n> c [d](e)\n')
  const before = process.cpuUsage()
  const plan = compile(text)
  const { user, system } = process.cpuUsage(before)
  const outcome = plan.diagnostics.find(({ code }) => code === 'too-complex')
  console.log(
    JSON.stringify({
      cpuMs: Math.round((user + system) / 1000),
      memoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
      characters: text.length,
      refused: outcome === undefined ? undefined : `${outcome.message} (line ${outcome.range.start.line})`,
      begins: text.slice(0, 100),
    }),
  )
}
