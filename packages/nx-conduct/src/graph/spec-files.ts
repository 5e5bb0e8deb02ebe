/** Files that make projects. */
export const specGlob = '**/.spec/SPEC.md'
