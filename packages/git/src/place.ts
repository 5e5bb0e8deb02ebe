import { join } from 'node:path'
import type { Repository } from './contract.ts'
import type { GitPlace } from './process/index.ts'

/** The place of the user's own checkout. */
export function placeOf(repo: Repository): GitPlace {
  return { gitDir: repo.gitDir, workTree: repo.root, cwd: repo.root }
}

/** The same place without its index: git reads one also to compare two trees, and would fail where the user's is damaged. */
export function withoutIndex(place: GitPlace): GitPlace {
  return { ...place, env: { ...place.env, GIT_INDEX_FILE: join(place.gitDir, 'nx-conduct.no-index') } }
}
