import { userInfo } from 'node:os'
import type { Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { firstLine, git } from './process/index.ts'

/** Who works here, as git would name them in a commit (`Name <email>`); the name of the system's user where git knows nobody. */
export async function personOf(repo: Repository): Promise<string> {
  const place = placeOf(repo)
  const [name, email] = await Promise.all(
    ['user.name', 'user.email'].map(async (key) =>
      firstLine((await git(place, ['config', '--get', key], { exits: [0, 1] })).stdout),
    ),
  )
  if (!name) return email ? `<${email}>` : userInfo().username
  return email ? `${name} <${email}>` : name
}
