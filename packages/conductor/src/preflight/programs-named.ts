/** Words of a shell that are no programs. */
const builtins = new Set(
  '! : [ [[ alias bg break builtin cd command continue declare dirs do done echo elif else esac eval exec exit export false fg fi for function getopts hash help if in jobs kill let local mapfile popd printf pushd pwd read readonly return select set shift shopt source test then time times trap true type typeset ulimit umask unalias unset until wait while { }'.split(
    ' ',
  ),
)

/** What changes which programs there are: then nothing is known of the command. */
const changesPath =
  /(?:^|[\s;&|(])(?:source|\.|eval|export|PATH=\S*|nvm|conda|mise|asdf|direnv|nix|docker)(?:\s|$)|PATH=|activate/

/**
 * The programs that a command line starts by their names, as far as they can be read: the first word of each part. A path, a variable or a
 * quoted word is left out, because it may be made later.
 */
export function programsNamed(command: string): readonly string[] {
  if (changesPath.test(command)) return []
  const programs = new Set<string>()
  for (const part of partsOf(command)) {
    const words = part.trim().split(/\s+/)
    // `CI=1 npm test`, `if npm test`, `! grep x`.
    const word = words.find(
      (each) => !/^[A-Za-z_]\w*=/.test(each) && !/^(?:!|if|then|else|elif|do|while|until|time)$/.test(each),
    )
    if (word !== undefined && /^[A-Za-z0-9][\w.+-]*$/.test(word) && !builtins.has(word)) programs.add(word)
  }
  return [...programs]
}

/** The parts of a command line between `;`, `&`, `|` and line ends that are in no quotes, brackets or here-documents. */
function partsOf(command: string): readonly string[] {
  // A here-document, a function or a case may hold anything.
  if (/<<|\(\)|\bcase\b/.test(command)) return []
  const plain = command
    .replace(/\\\n/g, ' ')
    .replace(/'[^']*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\$\([^()]*\)|\$\{[^}]*\}/g, '""')
  if (/["'`]{3}|\$\(|["'`]$/.test(plain.replaceAll('""', ''))) return []
  return plain.replace(/(?:^|\s)#.*$/gm, ' ').split(/[;&|\n()]+/)
}
