const both = ['git', 'redis']
const working = 'agent-turn:2/implement/add#1'

/** Stops a run with signals while agents are at work; then nothing is lost and nothing runs. */
function stopped(name, signals, withinMs) {
  return {
    name,
    stores: both,
    async prove(stage) {
      await stage.open({ score: { delayMs: 400 } })
      const run = await stage.stoppedAt(working)
      run.kill('SIGCONT')
      const startedMs = performance.now()
      for (const signal of signals) run.killGroup(signal)
      await stage.ends(run, 130)
      const tookMs = performance.now() - startedMs
      stage.expect(tookMs < withinMs, `it took ${Math.round(tookMs)} ms to stop`)
      await stage.holdsAnytime()
      const again = await stage.resumes()
      stage.says(again, /phase 1 implement base\s+✔ from the run log/)
      await stage.holds()
    },
  }
}

export const rows = [
  stopped('Ctrl-C once', ['SIGINT'], 4_000),
  stopped('Ctrl-C twice', ['SIGINT', 'SIGINT'], 1_500),
  stopped('SIGTERM', ['SIGTERM'], 4_000),
]
