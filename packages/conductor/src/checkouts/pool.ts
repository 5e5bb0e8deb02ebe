import { GitError, type Oid } from '@nx-conduct/git'
import type { CheckoutKind, Slot } from './slots.ts'

/** Whether a checkout failed, by git or by the system, and no mistake of ours. */
export function isUnusable(error: unknown): boolean {
  return error instanceof GitError || (error instanceof Error && 'syscall' in error)
}

/**
 * Checkouts that are made once and moved from commit to commit, which costs what differs. They live as long as this process uses them:
 * what is known of their files is in its memory.
 */
export class CheckoutPool {
  readonly #make: Record<CheckoutKind, (commit: Oid) => Promise<Slot>>
  readonly #isPooled: boolean
  #idle: Slot[] = []
  /** Checkouts that are given back soon. */
  readonly #ending = new Set<Slot>()
  #waiting: (() => void)[] = []

  constructor(make: Record<CheckoutKind, (commit: Oid) => Promise<Slot>>, isPooled: boolean) {
    this.#make = make
    this.#isPooled = isPooled
  }

  /** A checkout of this commit, the caller's until it is given back. One that is about to be given back is waited for. */
  async take(kind: CheckoutKind, commit: Oid, setup: string | undefined): Promise<Slot> {
    while (this.#isEnding(kind) && !this.#idle.some((slot) => slot.kind === kind)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    for (let slot = this.#next(kind, setup); slot !== undefined; slot = this.#next(kind, setup)) {
      try {
        await slot.become(commit, setup)
        await slot.setIdle(false)
        return slot
      } catch (error) {
        // Whatever is wrong with it, a new one does not have it.
        await slot.remove()
        if (!isUnusable(error)) throw error
      }
    }
    const slot = await this.#make[kind](commit)
    await slot.setIdle(false)
    return slot
  }

  setEnding(slot: Slot, isEnding: boolean): void {
    if (isEnding) this.#ending.add(slot)
    else this.#ending.delete(slot)
    this.#wake()
  }

  async giveBack(slot: Slot): Promise<void> {
    try {
      if (this.#isPooled) {
        await slot.setIdle(true)
        this.#idle.push(slot)
      } else await slot.remove()
    } finally {
      this.setEnding(slot, false)
    }
  }

  #isEnding(kind: CheckoutKind): boolean {
    return [...this.#ending].some((slot) => slot.kind === kind)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Makes checkouts until so many are ready. */
  async reserve(kind: CheckoutKind, count: number, commit: Oid): Promise<void> {
    const missing = count - this.#idle.filter((slot) => slot.kind === kind).length
    const made = await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#make[kind](commit)))
    for (const slot of made) await slot.setIdle(true)
    this.#idle.push(...made)
  }

  /** Removes those that nobody uses. */
  async close(): Promise<void> {
    const idle = this.#idle
    this.#idle = []
    await Promise.all(idle.map((slot) => slot.remove()))
  }

  #next(kind: CheckoutKind, setup: string | undefined): Slot | undefined {
    const ready = this.#idle.filter((slot) => slot.kind === kind)
    const next = ready.find((slot) => slot.files.setup === setup) ?? ready[0]
    this.#idle = this.#idle.filter((slot) => slot !== next)
    return next
  }
}
