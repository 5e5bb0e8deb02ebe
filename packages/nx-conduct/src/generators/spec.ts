import { joinPathFragments, type Tree } from '@nx/devkit'
import { defaultSpecFile, printableLine } from '@nx-conduct/spec'

export interface SpecOptions {
  readonly directory?: string
  readonly title?: string
  readonly name?: string
}

/** Writes a spec that compiles and teaches the form. Refuses to touch one that is there. */
export default async function spec(tree: Tree, { directory = '.', title, name }: SpecOptions): Promise<() => void> {
  const file = joinPathFragments(directory, defaultSpecFile)
  const shown = printableLine(file)
  if (tree.exists(file)) {
    throw new Error(
      `${shown} exists already; nothing was written. See what is understood of it with: npx nx-conduct compile ${shown}`,
    )
  }
  tree.write(file, template(title ?? 'What we build', name))
  return () => {
    process.stdout.write(`\nFill in ${shown}, then see what is understood of it: npx nx-conduct compile ${shown}\n`)
  }
}

function template(title: string, name: string | undefined): string {
  return `---
# Editors that read JSON schemas complete the settings by this line.
$schema: ./node_modules/nx-conduct/schemas/front-matter.schema.json
${name === undefined ? '' : `name: ${name}\n`}# Who writes the code. \`driver: command\` with \`command: "claude -p"\` runs any program that reads a prompt.
agent: { driver: anthropic, model: claude-sonnet-5-5 }
# Limits of one agent session, and how many agents work side by side.
budget: { turns: 60, tokens: 2000000, wall: 30m }
concurrency: 4
# How often a fixing agent is sent in per phase before the phase asks for you.
rounds: 3
---

# ${title}

## Overview

What it is and who it is for. Every agent reads what stands outside the phases.

## Architecture

What goes where, in which language, and which rules hold everywhere.

## Implementation Phases

### Phase 1: Contracts

- Say in one line each what is to be done
- A phase without \`Modules:\` is built by one agent

Test Command: \`node --test contracts/*.test.mjs\`

Files:
- contracts/index.mjs

Success Criteria:
- \`contracts/index.mjs\` exists
- All tests pass

### Phase 2: Parts

Depends On: Phase 1

- Modules are built side by side, each in its own worktree; the paths in brackets are theirs alone

Modules: server (server/**), client (client/**)
Test Command: \`node --test server/*.test.mjs client/*.test.mjs\`

Gotchas:
- Write down here what somebody would otherwise learn the hard way
`
}
