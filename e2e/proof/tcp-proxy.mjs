import { connect, createServer } from 'node:net'

/**
 * An address in front of a server on this machine, with the faults a network has. With `every`, every so many-th chunk
 * that the server sends is dropped and the connection closed, so that what was asked for is done but nobody hears of it.
 */
export async function startProxy(port, { every = Number.POSITIVE_INFINITY } = {}) {
  const sockets = new Set()
  let target = port
  let silent = false
  let chunks = 0
  let lost = 0
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (chunk) => silent || server.write(chunk))
    server.on('data', (chunk) => {
      if (silent) return
      chunks += 1
      if (chunks % every === 0) {
        lost += 1
        client.destroy()
      } else client.write(chunk)
    })
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const at = proxy.address().port
  return {
    port: at,
    url: `redis://127.0.0.1:${at}/0`,
    lost: () => lost,
    /** Everything under way from now on is lost, and no connection ends. */
    silence() {
      silent = true
    },
    /** New connections lead to another server. */
    leadTo(other) {
      target = other
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => proxy.close(resolve))
    },
  }
}
