/**
 * Mirrors one recorded event. Takes it only when it follows what is mirrored (sequence number and commit before it), so
 * that a repeated, late or foreign write changes nothing.
 *
 * KEYS meta log checkpoints runs steps sessions evidence epochs
 * ARGV seq, tip before, tip, event, checkpoint or '', then triples (index of the section among KEYS, key, value)
 * Gives `mirrored`, `already` (this very event is there) or `gap`, with the mirrored seq and tip.
 */
const mirror = `
local meta = redis.call('HMGET', KEYS[1], 'seq', 'tip')
local at, tip = tonumber(meta[1] or '0'), meta[2] or ''
local seq = tonumber(ARGV[1])
if at == seq and tip == ARGV[3] then return {'already', at, tip} end
if at ~= seq - 1 or tip ~= ARGV[2] then return {'gap', at, tip} end
redis.call('XADD', KEYS[2], ARGV[1] .. '-0', 'event', ARGV[4], 'commit', ARGV[3])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[3], ARGV[5]) end
for i = 6, #ARGV, 3 do redis.call('HSET', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]) end
redis.call('HSET', KEYS[1], 'seq', ARGV[1], 'tip', ARGV[3])
return {'mirrored', seq, ARGV[3]}
`

/**
 * Empties the mirror, so that it can be built again; leases and the fence stay.
 * KEYS as above; ARGV the seq and tip that were found, the spec. Does nothing when another process has changed them.
 */
const reset = `
local meta = redis.call('HMGET', KEYS[1], 'seq', 'tip')
if (meta[1] or '0') ~= ARGV[1] or (meta[2] or '') ~= ARGV[2] then return 0 end
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('HDEL', KEYS[1], 'seq', 'tip')
redis.call('HSET', KEYS[1], 'spec', ARGV[3])
return 1
`

const serverMs = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/**
 * Takes a lease that is free by the server's clock.
 * KEYS meta lease; ARGV key, holder, since, ttl in ms, lowest fence, fence that may be overtaken (its holder is dead) or 0
 * Gives `acquired` fence, or `held` fence holder since.
 */
const acquire = `${serverMs}
local found = redis.call('HMGET', KEYS[2], 'fence', 'holder', 'since', 'until')
if found[1] and tonumber(found[4]) > now and found[1] ~= ARGV[6] then
  return {'held', tonumber(found[1]), found[2], found[3]}
end
local fence = math.max(tonumber(redis.call('HGET', KEYS[1], 'fence') or '0'), tonumber(found[1] or '0'), tonumber(ARGV[5]) - 1) + 1
redis.call('HSET', KEYS[1], 'fence', fence)
redis.call('HSET', KEYS[2], 'key', ARGV[1], 'fence', fence, 'holder', ARGV[2], 'since', ARGV[3], 'until', string.format('%.0f', now + tonumber(ARGV[4])))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {'acquired', fence}
`

/**
 * Keeps a lease, or puts it back after the server has lost it, as long as nobody holds it under a higher fence.
 * KEYS meta lease; ARGV key, holder, since, ttl in ms, fence. Gives 1, or 0 when the lease is somebody else's.
 */
const renew = `${serverMs}
local found = redis.call('HGET', KEYS[2], 'fence')
local fence = tonumber(ARGV[5])
if found and tonumber(found) > fence then return 0 end
if tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') < fence then redis.call('HSET', KEYS[1], 'fence', fence) end
redis.call('HSET', KEYS[2], 'key', ARGV[1], 'fence', fence, 'holder', ARGV[2], 'since', ARGV[3], 'until', string.format('%.0f', now + tonumber(ARGV[4])))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
`

/** Gives a lease back. KEYS lease; ARGV fence. */
const release = `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`

/** The scripts with the number of keys each takes. */
export const scripts = {
  conductMirror: { lua: mirror, numberOfKeys: 8 },
  conductReset: { lua: reset, numberOfKeys: 8 },
  conductAcquire: { lua: acquire, numberOfKeys: 2 },
  conductRenew: { lua: renew, numberOfKeys: 2 },
  conductRelease: { lua: release, numberOfKeys: 1 },
} as const
