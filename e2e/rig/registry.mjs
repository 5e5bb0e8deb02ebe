import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/**
 * A registry that has the packed plugin as its newest version, and everything else from another registry.
 * @param {{ name: string, version: string, integrity: string, manifest: object }} packed
 */
export async function registryWith({ name, version, integrity, manifest }, tarball, otherwise) {
  const server = createServer((request, response) => {
    if (request.url === `/${name}`) {
      const dist = { integrity, tarball: `${url}${name}.tgz` }
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }),
      )
    } else if (request.url === `/${name}.tgz`) response.end(readFileSync(tarball))
    else response.writeHead(302, { location: new URL(request.url ?? '/', otherwise).href }).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}/`
  return { url, close: () => server.close() }
}
