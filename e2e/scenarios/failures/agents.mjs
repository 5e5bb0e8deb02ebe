/** Failures of agents: what they do, what has to be said of it, and how a person goes on. */
import { claude, sumsAreRight } from './stage.mjs'
import { breaks, ends, refuses, reports, says, works, writes } from './words.mjs'

const inAdd = 'phase 2, module add'
const again = 'npx nx run spec:conduct'

/** Nothing to do but the command that is printed, once the agent works. */
const worksAgain = (name) => (stage) => stage.plays(name, works[name])

export const agentRows = [
  {
    name: "the agent's program is not installed",
    opens: () => ({ spec: { settings: claude }, withoutProgram: true }),
    words: ['there is no program claude on the PATH', 'Install it: npm install -g @anthropic-ai/claude-code', again],
    inStatus: ['There is no run of spec yet', 'npx nx run spec:plan'],
    follow: (stage) => stage.install(),
    starts: 'add 1, base 1, twice 1',
  },
  {
    name: 'not logged in',
    opens: () => ({
      spec: { settings: claude },
      agents: { base: `${says('Not logged in · Please run /login')}\n${breaks('Not logged in · Please run /login')}` },
    }),
    words: [
      'phase 1, module base',
      'is not logged in',
      /it said +Not logged in · Please run \/login/,
      /next +Run `claude` and log in/,
      again,
    ],
    transcripts: 1,
    follow: worksAgain('base'),
    starts: 'add 1, base 2, twice 1',
  },
  {
    name: 'the agent ends with exit code 1 in the middle of its work',
    opens: () => ({
      spec: { settings: claude },
      agents: {
        add: `${says('I write the first half.')}\nmkdir add && echo half > add/half.txt\necho 'Segmentation fault in the tool loop' >&2\nexit 1`,
      },
    }),
    words: [
      inAdd,
      'exit code 1',
      'I write the first half.',
      'Segmentation fault in the tool loop',
      new RegExp(`next .*${again}`),
    ],
    transcripts: 1,
    follow: worksAgain('add'),
    starts: 'add 2, base 1, twice 1',
  },
  {
    name: 'the agent hangs',
    opens: () => ({
      spec: { settings: `${claude}\nbudget: { wall: 6s }` },
      agents: { add: `${says('Waiting for the server.')}\nsleep 600` },
    }),
    words: [
      inAdd,
      'budget.wall is 6.0 s',
      'Waiting for the server.',
      /next +Raise budget.wall .*commit the spec/,
      new RegExp(`next .*${again}`),
    ],
    transcripts: 1,
    follow: (stage) => {
      stage.plays('add', works.add)
      stage.edit((text) => text.replace('wall: 6s', 'wall: 2m'))
      stage.commit('Give agents more time')
    },
    starts: 'add 2, base 1, twice 1',
  },
  {
    name: 'the limit of the service is reached',
    opens: () => ({
      spec: { settings: claude },
      agents: { add: breaks('5-hour limit reached ∙ resets 3pm') },
    }),
    words: [
      inAdd,
      'The service limits how much `claude` may ask for now',
      '5-hour limit reached ∙ resets 3pm',
      /next +Wait until the limit is over.*npx nx run spec:conduct/,
    ],
    transcripts: 1,
    follow: worksAgain('add'),
    starts: 'add 2, base 1, twice 1',
  },
  {
    name: 'the model refuses',
    opens: () => ({
      spec: { settings: claude },
      agents: { add: `${says('I cannot help with sums.')}\n${refuses('I cannot help with sums.')}` },
    }),
    words: [
      inAdd,
      'the model refused: I cannot help with sums',
      /next +Rephrase .*commit the spec/,
      new RegExp(`next .*${again}`),
    ],
    transcripts: 1,
    follow: (stage) => {
      stage.plays('add', works.add)
      stage.edit((text) => text.replace('- Write a sum and a double', '- Write the sum of one and two, and a double'))
      stage.commit('Say which sum')
    },
    // Both modules of the phase are asked for something else.
    starts: 'add 2, base 1, twice 2',
  },
  {
    name: 'the agent wrote nothing',
    opens: () => ({
      spec: { settings: claude },
      agents: { add: `${says('Everything is there already.')}\n${ends('Everything is there already.')}` },
    }),
    words: [inAdd, 'it changed no file', 'Everything is there already.', new RegExp(`next .*${again}`)],
    transcripts: 1,
    follow: worksAgain('add'),
    starts: 'add 2, base 1, twice 1',
  },
  {
    name: "the agent leaves its module's paths, twice",
    opens: () => ({
      spec: { settings: claude },
      agents: { add: writes('add/sum.txt', '3', 'mkdir -p notes && echo a > notes/sum.md') },
    }),
    words: [
      inAdd,
      'notes/sum.md',
      '`Modules: add (add/**, notes/**)`',
      'add/sum.txt is written',
      'commit the spec',
      new RegExp(`next .*${again}`),
    ],
    transcripts: 1,
    follow: (stage, output) => {
      const [, modules] = /`Modules: ([^`]*)`/.exec(output) ?? []
      stage.edit((text) => text.replace('add (add/**)', modules))
      stage.commit('Let add own its notes')
    },
    starts: 'add 3, base 1, twice 2',
  },
  {
    name: 'the test stays red after all rounds',
    opens: () => ({
      spec: { settings: `${claude}\nrounds: 1` },
      agents: {
        add: writes('add/sum.txt', '4'),
        fix: `mkdir -p add && echo 5 > add/sum.txt\n${says('Five looks right.')}\n${reports('add/sum.txt says 5')}`,
      },
    }),
    words: [
      'Phase 2 (Sums) needs you',
      /gate +test: grep -x 3/,
      'add/sum.txt says 5',
      /worktree +\/\S+/,
      /cd \S+ && grep -x 3/,
      'npx nx run spec:hand-in --phase=2',
      again,
    ],
    transcripts: 1,
    follow: (stage, output) => {
      const [, look, worktree] = new RegExp(`(cd (\\S+) && ${sumsAreRight.replaceAll('.', '\\.')})`).exec(output) ?? []
      if (look === undefined) throw new Error('no command shows the failure')
      if (stage.types(look).exitCode === 0) throw new Error(`it does not fail: ${look}`)
      const { exitCode } = stage.types(`echo 3 > ${worktree}/add/sum.txt && ${look}`)
      if (exitCode !== 0) throw new Error(`it fails still: ${look}`)
      return ['npx nx run spec:hand-in --phase=2', again]
    },
    starts: 'add 1, base 1, fix 1, twice 1',
  },
]
