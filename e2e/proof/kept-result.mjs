import { changes, userState } from './user-state.mjs'

const kept = 'refs/heads/conduct/spec'
const ofTheKept = /^(ref:refs\/heads|git:logs\/refs\/heads)\/conduct\/spec /

/** The branch of its own holds what an undisturbed run gives, and nothing else of the person's changed. */
export async function staysOnBranch(stage) {
  const tree = await stage.workspace.git('rev-parse', `${kept}^{tree}`)
  stage.expect(tree === stage.expected.tree, `${kept} holds the tree ${tree}, not ${stage.expected.tree}`)
  for (const line of changes(stage.before.state, await userState(stage.workspace))) {
    stage.expect(ofTheKept.test(line), `the result was not taken, and yet ${line}`)
  }
  await stage.holdsAnytimeBut(/ref:refs\/heads\/conduct\/spec|git:logs\/refs\/heads\/conduct/)
}
