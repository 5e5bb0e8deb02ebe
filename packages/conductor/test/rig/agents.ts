import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Shell scripts by whom they play: `<role> <phase> <module> <round>`, or any beginning of that; the longest that fits is
 * run. Roles are `implement`, `fix`, `synthesis`, `review` and
 * `audit`. A script runs in the agent's worktree; `report JSON` gives the session's report.
 */
export type Scripts = Readonly<Record<string, string>>

/**
 * The program `agent` on the PATH of a workspace: it reads who it is from the first line of its prompt, notes the session,
 * and runs the script for it. Without a script an implementing agent writes one file that it owns.
 */
export class Agents {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async in(folder: string, scripts: Scripts): Promise<Agents> {
    const agents = new Agents(folder)
    await mkdir(join(folder, 'scripts'), { recursive: true })
    await writeFile(join(folder, 'agent'), program, { mode: 0o755 })
    await agents.play(scripts)
    return agents
  }

  /** Adds scripts, or puts others in their place. */
  async play(scripts: Scripts): Promise<void> {
    for (const [who, script] of Object.entries(scripts)) {
      await writeFile(join(this.folder, 'scripts', who.replaceAll(' ', '-')), script)
    }
  }

  /** Puts a program beside `agent` on the PATH of agents and test commands. Its path enters no key. */
  async program(name: string, script: string): Promise<void> {
    await writeFile(join(this.folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  async forget(who: string): Promise<void> {
    await rm(join(this.folder, 'scripts', who.replaceAll(' ', '-')))
  }

  /** The sessions that were started so far, in whatever process: `implement 2 add`. */
  async sessions(): Promise<readonly string[]> {
    const text = await readFile(join(this.folder, 'sessions'), 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean)
  }

  /** The prompt that the newest session got. */
  prompt(): Promise<string> {
    return readFile(join(this.folder, 'prompt'), 'utf8')
  }
}

const program = `#!/bin/sh
here=\${0%/*}
IFS= read -r line
{ printf '%s\\n' "$line"; cat; } > "$here/prompt.$$" && mv "$here/prompt.$$" "$here/prompt"
attribute() {
  case $line in
    *" $1=\\""*) value=\${line#*" $1=\\""}; value=\${value%%'"'*} ;;
    *) value= ;;
  esac
}
attribute role; role=$value
case $role in
  implementation-executor) role=implement ;;
  fix-executor) role=fix ;;
  synthesis-architect) role=synthesis ;;
  code-reviewer) role=review ;;
  security-auditor) role=audit ;;
esac
attribute phase; phase=$value
attribute module; module=$value
attribute round; round=$value
who="$role $phase\${module:+ $module}\${round:+ $round}"
echo "$who" >> "$here/sessions"
report() { printf '%s\\n' "$1" > "$here/report.$$"; }
found=
for name in "$role-$phase\${module:+-$module}\${round:+-$round}" "$role-$phase\${module:+-$module}" "$role-$phase" "$role"; do
  if [ -f "$here/scripts/$name" ]; then found=$here/scripts/$name; break; fi
done
if [ -n "$found" ]; then
  ( . "$found" ) || exit $?
elif [ "$role" = implement ]; then
  if [ -n "$module" ]; then
    mkdir -p "$module" && echo "$module of phase $phase" > "$module/phase-$phase.txt"
  else
    echo "phase $phase" > "phase-$phase.txt"
  fi
fi
case $role in review|audit)
  [ -n "$found" ] || echo '{"verdict":"approve","summary":"fine","findings":[],"criteria":[]}'
  exit ;;
esac
if [ -f "$here/report.$$" ]; then cat "$here/report.$$"; rm "$here/report.$$"; exit; fi
echo "{\\"built\\":\\"$who is done\\",\\"tests\\":\\"none\\",\\"issues\\":[]}"
`
