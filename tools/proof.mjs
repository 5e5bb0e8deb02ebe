// `npm run proof -- NAME …`: the longer proofs. Each builds first and closes with `N passed, N failed`.
import { dispatch } from './dispatch.mjs'

dispatch('proof', {
  crashes: {
    script: 'e2e/proof/crashes.mjs',
    about:
      '[--seed N] [--count N] [--store git|redis] [--points RE] [--keep]  every point of a run killed and resumed, then kills by chance',
  },
  faults: {
    script: 'e2e/proof/faults.mjs',
    about: '[--rows RE] [--store git|redis] [--keep]  the rows of the fault table, each injected and survived',
  },
  situations: {
    script: 'e2e/proof/situations.mjs',
    about:
      '[--rows RE] [--store git|redis] [--keep] [--show]  what users have and do: each works, or is refused with a clear word',
  },
  evidence: {
    script: 'e2e/proof/evidence.mjs',
    about: "[--rows RE] [--keep]  gates whose code prepares the next gate's files: none is believed",
  },
  gates: {
    script: 'e2e/proof/gates.mjs',
    about:
      '[--rows RE] [--keep] [--show]  for each gate and language good trees and bad ones, and labelled files that mention unfinished work',
  },
  merges: {
    script: 'e2e/proof/merges.mjs',
    about:
      '[--rows RE] [--keep] [--show]  what modules do to the same files: exact trees, conflicts or refusals, and nothing lost',
  },
  'npm-workspace': {
    script: 'e2e/proof/npm-workspace.mjs',
    about:
      '[--rows RE] [--keep] [--show]  a real npm workspace with nested Nx and phases that add packages (takes the npm registry)',
  },
  snapshots: {
    script: 'e2e/proof/snapshots.mjs',
    about: '[--rows RE] [--keep]  what agents leave that git hangs on: bounded time and memory, and a word',
  },
  long: {
    script: 'tools/long.mjs',
    about: '[FILTER]  the tests that take too long for every change: `*.long.test.ts`',
  },
  corpus: {
    script: 'packages/spec/proof/corpus.mjs',
    about: '[DIR]  every file of a corpus against its expected.json',
  },
  formats: {
    script: 'packages/spec/proof/formats.mjs',
    about: '[--show] [DIR]  plans of other tools, imported and compiled, against the expected.json of their folder',
  },
  'coverage-of-text': {
    script: 'packages/spec/proof/coverage-of-text.mjs',
    about:
      '[--count N] [--seed N] [DIR]  every line of the corpora and of mutated specs accounted for, and no slip silent',
  },
  fuzz: {
    script: 'packages/spec/proof/fuzz.mjs',
    about:
      '[--count N] [--large N] [--seed N] [DIR]  mutated specs and random Markdown, and texts up to 1 MB that are made to be slow',
  },
  coverage: {
    script: 'tools/coverage.mjs',
    about: 'lines that tests run of the run log (and branches) and of the conductor',
  },
  mutants: {
    script: 'tools/mutants.mjs',
    about:
      '[--package store|conductor|agent] [--target NAME] [--files GLOB] [--concurrency N]  sources mutated, their tests tried on every mutant',
  },
})
