import type { Checkout } from './checkout.ts'

/** Worktrees that a `worktrees` step made for the modules of its phase and that no agent uses yet. */
export interface PreparedCheckouts {
  put(phase: string, module: string, checkout: Checkout): Promise<void>
  /** The worktree for a module at exactly this commit, if one is ready; it is the caller's from then on. */
  take(phase: string, module: string, commit: string): Promise<Checkout | undefined>
  clear(): Promise<void>
}

export function preparedCheckouts(): PreparedCheckouts {
  const ready = new Map<string, Checkout>()
  const name = (phase: string, module: string) => `${phase}/${module}`
  return {
    async put(phase, module, checkout) {
      await ready.get(name(phase, module))?.remove()
      ready.set(name(phase, module), checkout)
    },
    async take(phase, module, commit) {
      const checkout = ready.get(name(phase, module))
      if (!checkout) return undefined
      ready.delete(name(phase, module))
      if (checkout.commit === commit) return checkout
      await checkout.remove()
      return undefined
    },
    async clear() {
      const left = [...ready.values()]
      ready.clear()
      for (const checkout of left) await checkout.remove()
    },
  }
}
