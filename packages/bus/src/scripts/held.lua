-- Stands before the body of every script (ioredis/scripts.ts).
--
-- `held` is a hash that says what waits in the stream: <batch id> -> '<entry id> <bytes>', and under the empty
-- name the bytes of all. It has one field more than the stream has entries, and is absent where the stream is
-- empty. Scripts change both together; where they differ all the same (a key deleted by hand), the stream is
-- right and `held` is made again from it.

-- Returns how many entries the stream has, and their bytes.
local function waiting(stream, held)
  local entries = redis.call('XLEN', stream)
  local fields = redis.call('HLEN', held)
  if entries == 0 and fields == 0 then
    return 0, 0
  end
  if entries > 0 and fields == entries + 1 then
    return entries, tonumber(redis.call('HGET', held, ''))
  end
  redis.call('DEL', held)
  entries = 0
  local bytes = 0
  local after = '-'
  while true do
    local page = redis.call('XRANGE', stream, after, '+', 'COUNT', 100)
    if #page == 0 then
      break
    end
    for _, entry in ipairs(page) do
      local id, batch = entry[2][2], entry[2][4] or ''
      if redis.call('HSETNX', held, id, entry[1] .. ' ' .. #batch) == 1 then
        entries = entries + 1
        bytes = bytes + #batch
      else
        redis.call('XDEL', stream, entry[1])
      end
    end
    after = '(' .. page[#page][1]
  end
  if entries > 0 then
    redis.call('HSET', held, '', bytes)
  end
  return entries, bytes
end
