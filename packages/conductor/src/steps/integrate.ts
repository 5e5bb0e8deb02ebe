import { commitTree, withFiles } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import { merge } from '../merge/merge.ts'
import { builtPath, builtText } from '../reuse/built.ts'
import { readBase } from '../reuse/phase-base.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { readArtifact } from '../step/artifact.ts'
import { integrateKey, type KeyInputs } from '../step/keys.ts'
import type { Performed } from '../step/outcome.ts'
import { once } from '../step/record-once.ts'

/** Merges the modules' work in memory and writes into the tree which slice it holds. */
export async function integrate(conduct: Conduct, phase: Phase, keys: KeyInputs): Promise<Performed> {
  const base = await readBase(conduct, phase)
  if (base.satisfied) {
    return {
      kind: 'result',
      source: 'satisfied',
      commit: base.commit,
      tree: base.tree,
      details: {},
      summary: 'satisfied',
    }
  }
  const place = { step: 'integrate', phase: phase.id } as const
  const { adopted } = base
  if (adopted) {
    return once(conduct, { place, key: integrateKey(keys, base.tree, [adopted.tree]) }, async () => ({
      kind: 'result',
      source: 'adopted',
      commit: adopted.commit,
      tree: adopted.tree,
      details: { from: adopted.from },
      summary: `${adopted.from.slice(0, 7)} of an earlier run on this base`,
    }))
  }
  const modules = await Promise.all(
    phase.modules.map(async (module) => ({
      module,
      artifact: await readArtifact(conduct, { step: 'implement', phase: phase.slug, module: module.slug }),
    })),
  )
  const key = integrateKey(
    keys,
    base.tree,
    modules.map(({ artifact }) => artifact.tree),
  )
  return once(conduct, { place, key }, async (lease) => {
    let { tree } = base
    let names = 'the base'
    const synthesised: string[] = []
    for (const { module, artifact } of modules) {
      const { report } = artifact.details
      const merged = await merge(conduct, {
        place,
        phase,
        stepKey: key,
        base: base.tree,
        ours: { tree, label: names },
        theirs: {
          tree: artifact.tree,
          label: `module ${module.name}`,
          ...(typeof report === 'string' ? { report } : {}),
        },
        parents: [base.commit],
        lease,
      })
      if (merged.kind === 'failed') return merged
      synthesised.push(...merged.synthesised)
      tree = merged.tree
      names = names === 'the base' ? `module ${module.name}` : `${names}, ${module.name}`
    }
    tree = await withFiles(conduct.repository, tree, { [builtPath(conduct.specFolder, phase.slug)]: builtText(phase) })
    const commit = await commitTree(conduct.repository, {
      tree,
      parents: [base.commit],
      message: `Phase ${phase.id}: ${phase.title}, integrated\n`,
      author: conductIdentity,
      at: conduct.clock.now().toISOString(),
    })
    const count = modules.length === 1 ? '1 module' : `${modules.length} modules`
    return {
      kind: 'result',
      source: 'executed',
      commit,
      tree,
      details: { synthesised },
      summary:
        synthesised.length > 0 ? `${count} merged, conflict in ${synthesised.join(', ')} resolved` : `${count} merged`,
    }
  })
}
