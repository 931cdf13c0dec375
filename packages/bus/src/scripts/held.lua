-- Stands before the body of every script (ioredis/scripts.ts).
--
-- `held` is a hash that says what waits in the stream: <batch id> -> '<entry id> <bytes>', and under the empty
-- name the bytes of all. It has one field more than the stream has entries, and is absent where the stream is
-- empty. Scripts change both together; where they differ all the same (a key deleted by hand), the stream is
-- right and `held` is made again from it.

-- Returns the batch id and the text of an entry. One that append.lua did not write may have an id that is empty or no
-- text at all; it goes by its entry id, so that it can be named and removed (redis-stream.ts does the same).
local function batch_of(entry)
  local fields = entry[2]
  local id, batch = fields[2], fields[4] or ''
  if fields[1] == 'id' and string.find(id, '^[!-~]+$') then
    return id, batch
  end
  return entry[1], batch
end

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
      local id, batch = batch_of(entry)
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
