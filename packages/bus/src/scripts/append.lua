#!lua
-- Appends batches to a shard's stream, in order.
--
-- KEYS  1 in · 2 held
-- ARGV  1 most entries of the stream · 2 most bytes of their batches · then for each batch: its id, its text
-- Returns for each batch, in order: 'accepted', or 'present' (a copy with this id waits already, nothing was done),
-- or 'busy' (it would pass a bound, or one before it did; nothing was done)
--
-- Without the flag allow-oom Redis refuses the whole script when it is out of memory, before it does anything.
local stream, held = KEYS[1], KEYS[2]
local most_entries, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local entries, bytes = waiting(stream, held)
local full = false
local verdicts = {}
for i = 3, #ARGV, 2 do
  local id, batch = ARGV[i], ARGV[i + 1]
  local verdict = 'present'
  if redis.call('HEXISTS', held, id) == 0 then
    full = full or entries >= most_entries or bytes + #batch > most_bytes
    verdict = 'busy'
    if not full then
      local entry = redis.call('XADD', stream, '*', 'id', id, 'batch', batch)
      entries = entries + 1
      bytes = bytes + #batch
      redis.call('HSET', held, id, entry .. ' ' .. #batch, '', bytes)
      verdict = 'accepted'
    end
  end
  verdicts[#verdicts + 1] = verdict
end
return verdicts
