// `npm run bench -- NAME`: measurements of one run: ours, the comparison, and the ratio.
import { dispatch } from './dispatch.mjs'

dispatch('bench', {
  cold: {
    script: 'e2e/bench/cold.mjs',
    about: '[--files N] [--times N] [--programs]  a plan on a fresh repository, against a script by hand and Nx alone',
  },
  warm: {
    script: 'e2e/bench/warm.mjs',
    about: '[--files N] [--times N]  a run with nothing to do, against Nx alone',
  },
  steps: {
    script: 'e2e/bench/steps.mjs',
    about: '[--phases 10,50,200] [--programs]  the price of a step that does nothing',
  },
  agents: {
    script: 'e2e/bench/agents.mjs',
    about: '[--times N] [--counts 1,8,64]  the CPU and memory of one more agent',
  },
  setup: {
    script: 'e2e/bench/setup.mjs',
    about: '[--times N]  a plan whose checkouts need `npm ci`, against a script by hand (takes the npm registry)',
  },
  compile: { script: 'packages/spec/proof/bench.mjs', about: 'the compiler against remark-parse alone' },
  status: { script: 'e2e/bench/status.mjs', about: '`spec:status` of a long run log against a short one' },
  store: {
    script: 'packages/store/proof/bench.mjs',
    about: 'log transitions against raw git plumbing and raw ioredis',
  },
})
