// Compiles 1000 phases of 10 modules each, against remark-parse alone on the same text: node bench.mjs [--phases 1000]
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { compile } from '../dist/index.js'
import { largeSpec } from './large-spec.mjs'

const at = process.argv.indexOf('--phases')
const phases = at < 0 ? 1000 : Number(process.argv[at + 1])

/** The best of several runs, in milliseconds: what the code needs when nothing else disturbs it. */
function best(runs, work) {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    work()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

const once = largeSpec(phases)
// As many phases as ten megabytes hold.
const most = Math.round((phases * 10e6) / once.length)
const tenMegabytes = largeSpec(most)
const plan = compile(once)
const errors = plan.diagnostics.filter((finding) => finding.severity === 'error')
if (plan.phases.length !== phases || plan.phases.some((phase) => phase.modules.length !== 10) || errors.length > 0) {
  throw new Error(`the spec was not read right: ${plan.phases.length} phases, ${errors.length} errors`)
}
if (compile(tenMegabytes).phases.length !== most) throw new Error('ten megabytes were not read right')
const parser = unified().use(remarkParse)
const ours = best(7, () => compile(once))
const oursLarge = best(3, () => compile(tenMegabytes))
const theirs = best(3, () => parser.parse(once))
const ratio = ours / theirs
const growth = oursLarge / ours / (tenMegabytes.length / once.length)
const megabytes = (text) => `${(text.length / 1e6).toFixed(2)} MB`
console.log(`spec: ${phases} phases x 10 modules, ${megabytes(once)}`)
console.log(`ours (compile): ${ours.toFixed(0)} ms`)
console.log(`comparison (remark-parse alone): ${theirs.toFixed(0)} ms`)
console.log(`ratio: ${ratio.toFixed(2)} (target <= 0.5)`)
console.log(
  `${megabytes(tenMegabytes)}: ${oursLarge.toFixed(0)} ms, ${growth.toFixed(2)} times per character (target <= 1.5)`,
)
const passed = Number(ratio <= 0.5) + Number(growth <= 1.5)
console.log(`${passed} passed, ${2 - passed} failed`)
process.exitCode = passed === 2 ? 0 : 1
