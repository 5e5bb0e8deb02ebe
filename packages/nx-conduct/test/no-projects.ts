import type { WorkspaceState } from '../src/graph/inputs.ts'

/** A workspace without Nx projects, in which `nx sync` has written every phase. */
export const noProjects: WorkspaceState = { projectRoots: new Set(), unsynced: new Set() }
