import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** How often memory is looked at. */
const sampleMs = 100

/**
 * Runs a program to its end and returns what it and all its descendants used: CPU seconds, the largest sum of their
 * proportional memory in bytes (sampled), and wall milliseconds. Linux only. Throws when the program fails.
 *
 * CPU is exact: bash's `time` reads `getrusage`, which counts every descendant somebody waited for.
 */
export async function consumptionOf(file, args, { cwd, env }) {
  const startedMs = performance.now()
  // What the program prints goes to one pipe, what bash has counted to the other.
  const child = spawn('bash', ['--norc', '-c', 'TIMEFORMAT="%3U %3S"; time "$0" "$@" 2>&1', file, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, counted] = [child.stdout, child.stderr].map(collect)
  let peakBytes = 0
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, proportionalBytes(child.pid))
  }, sampleMs)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => clearInterval(sampling))
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${output()}`)
  const [user, system] = counted().trim().split(' ').map(Number)
  return { cpuSeconds: user + system, peakBytes, ms: performance.now() - startedMs, output: output() }
}

function collect(stream) {
  let text = ''
  stream.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

/** The proportional set size of a process and its descendants. */
function proportionalBytes(root) {
  const childrenOf = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = contents(`/proc/${name}/stat`)
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ', 1)[0])
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)])
  }
  const open = [root]
  let sum = 0
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(contents(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0
    sum += Number(kilobytes) * 1024
    open.push(...(childrenOf.get(pid) ?? []))
  }
  return sum
}

/** Empty for a process that ended while it was looked at. */
function contents(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
