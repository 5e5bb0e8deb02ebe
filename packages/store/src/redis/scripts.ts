/**
 * Git decides, and Redis is told: nothing a script finds is believed to be more than what was mirrored before. Keys of
 * another type, numbers that are none and streams that take no more are made anew.
 */

/** KEYS of what is mirrored: meta log checkpoints runs steps sessions evidence epochs. */
const mirrored = `
local kinds = {'hash', 'stream', 'list', 'hash', 'hash', 'hash', 'hash', 'hash'}
local function isOf(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == kind
end
local function whole()
  for i = 1, #kinds do if not isOf(KEYS[i], kinds[i]) then return false end end
  return true
end
local function empty()
  for i = 2, #kinds do redis.call('DEL', KEYS[i]) end
  if isOf(KEYS[1], 'hash') then redis.call('HDEL', KEYS[1], 'seq', 'tip') else redis.call('DEL', KEYS[1]) end
end
local function position()
  local meta = redis.call('HMGET', KEYS[1], 'seq', 'tip')
  local seq, tip = meta[1] or '0', meta[2] or ''
  if not string.match(seq, '^%d+$') or #seq > 15 then return nil end
  return tonumber(seq), tip
end
`

/**
 * Where the mirror ends. Empties what cannot be a mirror of ours.
 * Returns seq, tip and \`whole\`, or \`emptied\` when something had to go.
 */
const where = `${mirrored}
local seq, tip
if whole() then seq, tip = position() end
if seq then return {seq, tip, 'whole'} end
empty()
return {0, '', 'emptied'}
`

/**
 * Mirrors one recorded event. Takes it only when it follows what is mirrored (sequence number and commit before it), so
 * that a repeated, late or foreign write changes nothing.
 *
 * ARGV seq, tip before, tip, event, checkpoint or '', then triples (index of the section among KEYS, key, value)
 * Returns \`mirrored\`, \`already\` (this very event is there) or \`gap\`, with the mirrored seq and tip.
 */
const mirror = `${mirrored}
local at, tip
if whole() then at, tip = position() end
if not at then
  empty()
  at, tip = 0, ''
end
local seq = tonumber(ARGV[1])
if at == seq and tip == ARGV[3] then return {'already', at, tip} end
if at ~= seq - 1 or tip ~= ARGV[2] then return {'gap', at, tip} end
local added = redis.pcall('XADD', KEYS[2], ARGV[1] .. '-0', 'event', ARGV[4], 'commit', ARGV[3])
if type(added) == 'table' and added.err then
  if not string.find(added.err, 'equal or smaller', 1, true) then return added end
  empty()
  return {'gap', 0, ''}
end
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[3], ARGV[5]) end
for i = 6, #ARGV, 3 do redis.call('HSET', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]) end
redis.call('HSET', KEYS[1], 'seq', ARGV[1], 'tip', ARGV[3])
return {'mirrored', seq, ARGV[3]}
`

/**
 * Empties the mirror, so that it can be built again; leases and the fence stay.
 * ARGV the seq and tip that were found, the spec. Does nothing when another process has changed them.
 */
const reset = `${mirrored}
local seq, tip
if whole() then seq, tip = position() end
if seq and (seq ~= tonumber(ARGV[1]) or tip ~= ARGV[2]) then return 0 end
empty()
redis.call('HSET', KEYS[1], 'spec', ARGV[3])
return 1
`

/**
 * Writes down a lease that git has given or renewed, and the highest fence that git has given.
 * KEYS meta lease; ARGV key, holder, since, ttl in ms, fence, highest fence
 */
const tell = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i = 1, 2 do if redis.call('TYPE', KEYS[i]).ok ~= 'hash' then redis.call('DEL', KEYS[i]) end end
redis.call('HSET', KEYS[1], 'fence', ARGV[6])
redis.call('HSET', KEYS[2], 'key', ARGV[1], 'fence', ARGV[5], 'holder', ARGV[2], 'since', ARGV[3], 'until', string.format('%.0f', now + tonumber(ARGV[4])))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
`

/** Removes a lease that git no longer has, and leaves a newer one. KEYS lease; ARGV fence, highest fence that git has given. */
const forget = `
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local found = redis.call('HGET', KEYS[1], 'fence') or ''
  local fence = string.match(found, '^%d+$') and #found <= 15 and tonumber(found) or 0
  if fence > tonumber(ARGV[1]) and fence <= tonumber(ARGV[2]) then return 0 end
end
return redis.call('DEL', KEYS[1])
`

/** Adds to the live stream and keeps the newest few thousand. KEYS live; ARGV progress. */
const announce = `
local found = redis.call('TYPE', KEYS[1]).ok
if found ~= 'none' and found ~= 'stream' then redis.call('DEL', KEYS[1]) end
local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', 2000, '*', 'progress', ARGV[1])
if type(added) == 'table' and added.err and string.find(added.err, 'equal or smaller', 1, true) then
  redis.call('DEL', KEYS[1])
  added = redis.call('XADD', KEYS[1], '*', 'progress', ARGV[1])
end
return added
`

/** The scripts with the number of keys each takes. */
export const scripts = {
  conductWhere: { lua: where, numberOfKeys: 8 },
  conductMirror: { lua: mirror, numberOfKeys: 8 },
  conductReset: { lua: reset, numberOfKeys: 8 },
  conductTell: { lua: tell, numberOfKeys: 2 },
  conductForget: { lua: forget, numberOfKeys: 1 },
  conductAnnounce: { lua: announce, numberOfKeys: 1 },
} as const
