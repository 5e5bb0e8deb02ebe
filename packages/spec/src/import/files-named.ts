import { looksLikePath, pathProblem, tidyPath } from '../path.ts'

const ENDINGS =
  /\.(?:[cm]?[jt]sx?|json[5c]?|ya?ml|toml|ini|cfg|conf|lock|md|mdx|rst|txt|adoc|html?|css|s[ac]ss|less|svg|png|jpe?g|webp|csv|xml|py|pyi|ipynb|go|mod|sum|rs|rb|php|java|kts?|gradle|scala|swift|cs|csproj|fs|c|cc|cpp|h|hpp|m|mm|ex|exs|erl|hs|lua|pl|r|jl|dart|vue|svelte|astro|sql|prisma|graphql|gql|proto|tf|hcl|sh|bash|zsh|ps1|bat|env|example|template|tmpl|hbs|ejs|wasm|snap)$/i
const BARE_FILES =
  /^(?:Dockerfile|Makefile|Justfile|Procfile|CODEOWNERS|Gemfile|Rakefile|LICENSE|\.(?:gitignore|gitattributes|npmrc|nvmrc|editorconfig|env|dockerignore|prettierrc|eslintrc))$/
const LIBRARIES =
  /^(?:node|next|nuxt|vue|react|express|three|d3|nest|chart|socket|discord|ember|backbone|moment|alpine|require|solid|p5|ethers|web3|asp|preact|knex|handlebars|fabric|konva|phaser|tensorflow|underscore|mustache|bun|deno)\.(?:js|ts|net)$/i
// Documents of the planning tools themselves: they are beside the plan, not at the workspace's root.
const PLANNING =
  /^(?:plan|spec|tasks|research|data-model|quickstart|design|requirements|proposal|constitution|roadmap|state|project|context|summary|architecture|prd|epics)\.md$/i
const TAKES_AWAY =
  /\b(?:delet(?:e|es|ing)|remov(?:e|es|ing)|drop|renam(?:e|es|ing)|mov(?:e|es|ing)|retire|deprecate)\b/i
const REFERS =
  /\b(?:per|see|from|following|follow|follows|like|as in|matching|against|reading|reads?|via|with|using|uses?|than|of|by|not touch)\s+(?:the\s+)?[`"']?$/i

/**
 * The files that a task's text says it makes or changes, in order. Only words that end as files do; what the task only refers to or
 * takes away is left out, because a file under `Files:` has to exist in the end.
 */
export function filesNamed(text: string): readonly string[] {
  if (TAKES_AWAY.test(text)) return []
  const found: string[] = []
  for (const match of text.matchAll(/`([^`\n]+)`|(?<![\w`/@.:~-])([\w@.()[\]-][\w@./()[\]-]*)/g)) {
    const [whole, code, word] = match
    const path = tidyFile(code ?? word?.replace(/[.,:;)]+$/, '') ?? '')
    if (path === undefined || REFERS.test(text.slice(0, match.index))) continue
    if (text.slice(0, match.index).endsWith('//') || whole === '') continue
    found.push(path)
  }
  return [...new Set(found)]
}

/** A path as a file from the workspace's root, without line numbers; undefined for what is none. */
export function tidyFile(said: string): string | undefined {
  const path = tidyPath(
    said.trim().replace(/(?:::[\w[\]-]+|:\d+(?:-\d+)?(?:,\s*\d+(?:-\d+)?)*|#L\d+(?:-L?\d+)?)+$/, ''),
  )
  const name = path.split('/').at(-1) ?? ''
  if (!looksLikePath(path) || pathProblem(path) !== undefined || /[*?{}]/.test(path)) return undefined
  if (!ENDINGS.test(name) && !BARE_FILES.test(name)) return undefined
  if (!path.includes('/') && (LIBRARIES.test(path) || PLANNING.test(path))) return undefined
  return path
}
