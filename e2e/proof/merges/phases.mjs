/** What a module does to the work of an earlier phase. */
export const phases = [
  {
    name: 'a module that deletes a file of an earlier phase is named',
    base: 'echo old > old.txt',
    earlier: 'echo made > made.txt',
    modules: { a: 'rm made.txt; echo left > left.txt', b: 'echo right > right.txt' },
    merged: 'rm made.txt; echo left > left.txt; echo right > right.txt',
    says: [/module a removes work of phase 1: made\.txt/],
  },
  {
    name: 'a module that puts a file back to what it was before an earlier phase is named',
    base: 'seq 20 > f.txt',
    earlier: 'sed -i "s/^9$/nine/" f.txt',
    modules: { a: 'sed -i "s/^nine$/9/" f.txt', b: 'sed -i "s/^19$/nineteen/" f.txt' },
    merged: 'sed -i "s/^nine$/9/; s/^19$/nineteen/" f.txt',
    says: [/module a removes work of phase 1: f\.txt/],
  },
  {
    name: 'a revert of one module conflicts with the edit of another',
    base: 'seq 20 > f.txt',
    earlier: 'sed -i "s/^9$/nine/" f.txt',
    modules: { a: 'sed -i "s/^nine$/9/" f.txt', b: 'sed -i "s/^nine$/nine and a half/" f.txt' },
    conflict: ['f.txt'],
    synthesis: 'sed -i "/^[<=>]/d; s/^9$/9: nine and a half/; /^nine and/d" f.txt',
    result: 'sed -i "s/^nine$/9: nine and a half/" f.txt',
    says: [/module a removes work of phase 1: f\.txt/],
  },
  {
    name: 'a module that moves a file of an earlier phase removes nothing',
    base: 'echo old > old.txt',
    earlier: 'seq -f "line %g" 20 > made.txt',
    modules: { a: 'mkdir d; mv made.txt d', b: 'sed -i "s/line 9/nine/" made.txt' },
    merged: 'mkdir d; mv made.txt d; sed -i "s/line 9/nine/" d/made.txt',
    saysNot: [/removes work/],
  },
]
