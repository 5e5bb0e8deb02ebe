import { readFileSync } from 'node:fs'

/**
 * The score that agents' stand-ins play: `A then B`, where a session of A comes before those of B. A name is a file of `scores/`, or a page,
 * whose `.spec/score.yaml` it is.
 */
export function scoreOf(names, pages) {
  const sessions = names.split(' then ').map((name) => textOf(name, pages).replace(/^[\s\S]*?^sessions:\n/m, ''))
  return `sessions:\n${sessions.join('')}`
}

function textOf(name, pages) {
  if (!name.endsWith('.md')) return readFileSync(new URL(`scores/${name}`, import.meta.url), 'utf8')
  const page = pages.find((each) => each.name.endsWith(`/${name}`))
  const score = page?.steps.find(({ kind, path }) => kind === 'write' && path === '.spec/score.yaml')
  if (!score) throw new Error(`${name} has no .spec/score.yaml`)
  return score.text
}
