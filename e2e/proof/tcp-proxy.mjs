import { connect, createServer } from 'node:net'

/**
 * A proxy in front of a server that loses replies: every `every`th chunk that the server sends is dropped and the
 * connection closed, so that what was asked for is done but nobody hears of it.
 */
export async function startLossyProxy(port, every) {
  const sockets = new Set()
  let chunks = 0
  let lost = 0
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (chunk) => server.write(chunk))
    server.on('data', (chunk) => {
      chunks += 1
      if (chunks % every === 0) {
        lost += 1
        client.destroy()
      } else client.write(chunk)
    })
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${proxy.address().port}/0`,
    lost: () => lost,
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => proxy.close(resolve))
    },
  }
}
