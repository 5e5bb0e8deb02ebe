/** A task of a batch and what it waits for inside the batch. */
export interface ScheduledTask {
  readonly id: string
  readonly after: readonly string[]
}

export type TaskEnd<R> =
  | { readonly id: string; readonly kind: 'ran'; readonly result: R }
  | { readonly id: string; readonly kind: 'skipped' }

/**
 * Runs tasks in the order of their graph, each as soon as what it waits for succeeded, and yields each end as it comes.
 * Every task ends exactly once; what depends on a failure is skipped, independent tasks go on unless `stopsAll`.
 */
export async function* schedule<R>(
  tasks: readonly ScheduledTask[],
  run: (id: string) => Promise<R>,
  options: { readonly succeeded: (result: R) => boolean; readonly stopsAll: (result: R) => boolean },
): AsyncGenerator<TaskEnd<R>, void, void> {
  const waiting = new Map(tasks.map((task) => [task.id, new Set(task.after)]))
  const running = new Map<string, Promise<{ id: string; result: R }>>()
  const lost = new Set<string>()
  let stopped = false

  for (;;) {
    for (const [id, after] of [...waiting]) {
      if (stopped || [...after].some((other) => lost.has(other))) {
        waiting.delete(id)
        lost.add(id)
        yield { id, kind: 'skipped' }
      } else if (after.size === 0) {
        waiting.delete(id)
        running.set(
          id,
          run(id).then((result) => ({ id, result })),
        )
      }
    }
    if ([...waiting].some(([, after]) => [...after].some((other) => lost.has(other)))) continue
    if (running.size === 0) {
      // Only a cycle leaves tasks behind, and Nx refuses those before it starts a batch.
      for (const id of waiting.keys()) yield { id, kind: 'skipped' }
      return
    }
    const { id, result } = await Promise.race(running.values())
    running.delete(id)
    if (options.succeeded(result)) {
      for (const after of waiting.values()) after.delete(id)
    } else {
      lost.add(id)
      stopped ||= options.stopsAll(result)
    }
    yield { id, kind: 'ran', result }
  }
}
