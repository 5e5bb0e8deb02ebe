import { blobAt, type Oid, type Repository, withFiles } from '@nx-conduct/git'

/** The tree with paths as the first side has them that has them at all. */
export async function withOneSide(
  repository: Repository,
  tree: Oid,
  paths: readonly string[],
  sides: readonly Oid[],
): Promise<Oid> {
  const files: Record<string, Uint8Array | undefined> = {}
  for (const path of paths) {
    const blobs = await Promise.all(sides.map((side) => blobAt(repository, side, path)))
    const blob = blobs.find((each) => each !== undefined)
    files[path] = blob === undefined ? undefined : await repository.objects.content('blob', blob)
  }
  return withFiles(repository, tree, files)
}
