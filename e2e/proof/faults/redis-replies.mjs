import { startProxy } from '../tcp-proxy.mjs'

export const rows = [5, 9, 23].map((every) => ({
  name: `every ${every}th reply of Redis is lost after it did what was asked`,
  stores: ['redis'],
  async prove(stage) {
    await stage.open()
    const proxy = await startProxy(stage.redis.port, { every })
    stage.atEnd(() => proxy.stop())
    const run = stage.run({ env: { NX_CONDUCT_REDIS_URL: proxy.url } })
    await stage.ends(run)
    stage.expect(proxy.lost() > 0, 'no reply was lost')
    stage.says(run, /\[redis-unreachable\]/)
    const again = stage.run()
    await stage.ends(again)
    await stage.holds()
    await stage.mirrors()
  },
}))
