const both = (first, second) => ({ a: first, b: second })
const appended = both('echo left >> f.txt', 'echo right >> f.txt')
const resolved = {
  conflict: ['f.txt'],
  synthesis: 'sed -i "/^[<=>|]/d" f.txt',
  result: 'printf "left\\nright\\n" >> f.txt',
}

/** What `.gitattributes` and the user's settings say about merging. */
export const drivers = [
  {
    name: 'merge=union keeps the lines of both',
    base: 'echo start > f.txt; echo "f.txt merge=union" > .gitattributes',
    modules: appended,
    merged: 'printf "left\\nright\\n" >> f.txt',
  },
  {
    name: 'merge=union in a folder below',
    base: 'mkdir d; echo start > d/f.txt; echo "f.txt merge=union" > d/.gitattributes',
    modules: both('echo left >> d/f.txt', 'echo right >> d/f.txt'),
    merged: 'printf "left\\nright\\n" >> d/f.txt',
  },
  {
    name: 'merge=binary makes every change of both a conflict without markers',
    base: 'seq 20 > f.txt; echo "f.txt merge=binary" > .gitattributes',
    modules: both('sed -i "s/^1$/one/" f.txt', 'sed -i "s/^19$/nineteen/" f.txt'),
    conflict: ['f.txt'],
    told: [/without a marker in the file:\n\n- `f.txt`/],
    synthesis: 'seq 20 | sed "s/^1$/one/; s/^19$/nineteen/" > f.txt',
    result: 'sed -i "s/^1$/one/; s/^19$/nineteen/" f.txt',
  },
  {
    name: '-merge, the same',
    base: 'seq 20 > f.txt; echo "f.txt -merge" > .gitattributes',
    modules: both('sed -i "s/^1$/one/" f.txt', 'sed -i "s/^19$/nineteen/" f.txt'),
    conflict: ['f.txt'],
    synthesis: 'seq 20 | sed "s/^1$/one/; s/^19$/nineteen/" > f.txt',
    result: 'sed -i "s/^1$/one/; s/^19$/nineteen/" f.txt',
  },
  {
    name: "merge=ours, a driver of the user's settings, is not run",
    base: 'echo start > f.txt; echo "f.txt merge=ours" > .gitattributes',
    setup: 'git config merge.ours.driver true',
    modules: appended,
    ...resolved,
  },
  {
    name: "a driver of the user's own attributes is not run",
    base: 'echo start > f.txt',
    setup:
      'git config merge.evil.driver "touch $PWD/../ran; true"; mkdir -p .git/info; echo "f.txt merge=evil" > .git/info/attributes',
    modules: appended,
    ...resolved,
    synthesis: `test ! -e "$(git rev-parse --git-common-dir)/../../ran"; ${resolved.synthesis}`,
  },
  {
    name: "renames are found, whatever the user's settings say",
    base: 'seq -f "line %g" 20 > old.txt',
    setup: 'git config merge.renames false; git config diff.renames false',
    modules: both('mv old.txt new.txt', 'sed -i "s/line 9/nine/" old.txt'),
    merged: 'mv old.txt new.txt; sed -i "s/line 9/nine/" new.txt',
  },
  {
    name: "markers have git's default form, whatever the user's settings say",
    base: 'echo start > f.txt',
    setup: 'git config merge.conflictStyle diff3',
    modules: appended,
    ...resolved,
    synthesis: `! grep -q "^|||||||" f.txt; ${resolved.synthesis}`,
  },
  {
    name: 'markers of another size are found when they are left',
    base: 'echo start > f.txt; echo "f.txt conflict-marker-size=20" > .gitattributes',
    modules: appended,
    synthesis: 'grep -q "^<<<<<<<<<<<<<<<<<<<< " f.txt',
    refused: /the synthesis left conflict markers in f\.txt/,
  },
  {
    name: '.gitattributes edited by both in different places',
    base: 'seq -f "%g.txt text" 20 > .gitattributes',
    modules: both(
      'sed -i "s/^1.txt text/1.txt -text/" .gitattributes',
      'sed -i "s/^19.txt text/19.txt -text/" .gitattributes',
    ),
    merged: 'sed -i "s/^1.txt text/1.txt -text/; s/^19.txt text/19.txt -text/" .gitattributes',
  },
  {
    name: 'a filter that the base names is not run',
    base: 'seq 20 > f.txt; echo "f.txt filter=evil" > .gitattributes',
    setup: 'git config filter.evil.clean "sed s/1/EVIL/"; git config filter.evil.smudge "sed s/1/EVIL/"',
    modules: both('sed -i "s/^2$/two/" f.txt', 'sed -i "s/^19$/nineteen/" f.txt'),
    merged: 'sed -i "s/^2$/two/; s/^19$/nineteen/" f.txt',
  },
]
