/** What `lint` can advise, and why it saves money; the reference (docs/reference/advice.md) shows each. */
export const adviceKinds = {
  'vacuous-test': 'it succeeds whatever the agents write, so a broken phase passes and the next ones are built on it',
  'module-without-paths':
    'a module without paths may change everything, so two agents edit the same files and a third has to merge them',
  'shared-path': 'two agents write the same files side by side, and what they write has to be merged by a third',
  'nearly-checkable': 'as it is written, an agent has to judge it, on every tree; a machine checks it for nothing',
  'large-phase':
    'an agent that gets too much in one session runs out of turns, and the next one reads everything again',
} as const

export type Advice = keyof typeof adviceKinds
