/** Ends a run when a person, Nx or the system asks for it. */
export interface Stop {
  readonly signal: AbortSignal
  /** From here on the process may lose its parent without that meaning anything. */
  release(): void
}

/** How long a stopped run may take to kill its agents and record what it has. Nx kills at 5 s. */
const graceMs = 3_000

/**
 * The first signal, or the loss of the parent process, stops buying and kills agents; a second one ends the process at
 * once. A closed standard output is no reason to die.
 */
export function stopOnSignals(target: NodeJS.Process): Stop {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) target.exit(130)
    controller.abort()
    setTimeout(() => target.exit(130), graceMs).unref()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) target.on(signal, onSignal)
  target.on('disconnect', onSignal)
  for (const stream of [target.stdout, target.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    signal: controller.signal,
    release() {
      for (const signal of signals) target.off(signal, onSignal)
      target.off('disconnect', onSignal)
    },
  }
}
