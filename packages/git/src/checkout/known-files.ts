export type EntryKind = 'file' | 'link' | 'folder' | 'special'

/** What we know of a checkout's files since we wrote them: the rest has to be read. */
export interface KnownFiles {
  /** An index outside the checkout with the files as they were checked out. */
  readonly indexFile: string
  /** What is in a folder (bytes, one character each, with a slash at its end), if that certainly did not change. */
  unchanged(folder: string): ReadonlyMap<string, EntryKind> | undefined
}
