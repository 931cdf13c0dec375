#!lua flags=allow-oom
-- Commits what a shard's owner has done: raises the fence, publishes, removes from the stream.
--
-- KEYS  1 in · 2 held · 3 fence
-- ARGV  1 epoch · 2 how many messages · for each message: its channel, its text · then for each entry to remove:
--       its entry id, its batch id
-- Returns {'committed'}, or {'fenced'} where a higher epoch was seen; then nothing was done.
--
-- An entry is removed only where it holds the named batch: after a failover that lost the end of a stream, another
-- server's clock may give an entry id again. Allowed out of memory, since it is what makes room.
local stream, held, fence = KEYS[1], KEYS[2], KEYS[3]
local epoch = tonumber(ARGV[1])
local seen = redis.call('GET', fence)
if seen and tonumber(seen) > epoch then
  return { 'fenced' }
end
redis.call('SET', fence, ARGV[1])
local messages = tonumber(ARGV[2])
for i = 3, 1 + 2 * messages, 2 do
  redis.call('SPUBLISH', ARGV[i], ARGV[i + 1])
end
local entries, bytes = waiting(stream, held)
local removed = 0
for i = 3 + 2 * messages, #ARGV, 2 do
  local entry, id = ARGV[i], ARGV[i + 1]
  local known, size = string.match(redis.call('HGET', held, id) or '', '^(%S+) (%d+)$')
  if known == entry then
    redis.call('XDEL', stream, entry)
    redis.call('HDEL', held, id)
    removed = removed + 1
    bytes = bytes - tonumber(size)
  end
end
if removed > 0 and removed == entries then
  redis.call('DEL', held)
elseif removed > 0 then
  redis.call('HSET', held, '', bytes)
end
return { 'committed' }
