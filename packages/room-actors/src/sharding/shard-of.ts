import type { RoomId, ShardId } from '@munova/contracts';

/** Goes into the cluster record: a process that places rooms otherwise must not start. Never changes. */
export const ROOM_HASH = 'fnv1a32-fmix32';

/**
 * The shard a room lives in: FNV-1a over the id's bytes (room ids are ASCII), finished with
 * MurmurHash3's fmix32, since FNV alone leaves the low bits of short ids poorly mixed.
 * Frozen, and pinned by a golden test: every stored room was placed by it.
 */
export const shardOf = (room: RoomId, shards: number): ShardId => (fmix32(fnv1a32(room)) % shards) as ShardId;

const fnv1a32 = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
};

const fmix32 = (hash: number): number => {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
