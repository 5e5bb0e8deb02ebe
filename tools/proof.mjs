// `npm run proof -- NAME …`: the longer proofs. Each builds first and closes with `N passed, N failed`.
import { dispatch } from './dispatch.mjs'

dispatch('proof', {
  corpus: {
    script: 'packages/spec/proof/corpus.mjs',
    about: '[DIR]  every file of a corpus against its expected.json',
  },
  fuzz: {
    script: 'packages/spec/proof/fuzz.mjs',
    about: '[--count N] [--seed N] [DIR]  mutated specs and random Markdown',
  },
})
