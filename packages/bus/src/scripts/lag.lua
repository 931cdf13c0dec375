#!lua flags=allow-oom
-- What waits in a shard's stream.
--
-- KEYS  1 in · 2 held
-- Returns {entries, bytes of their batches}
return { waiting(KEYS[1], KEYS[2]) }
