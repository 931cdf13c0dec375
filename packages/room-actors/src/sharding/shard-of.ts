import type { RoomId, ShardId } from '@munova/contracts';
import { hash32 } from './hash.js';

/** Goes into the cluster record: a process that places rooms otherwise must not start. Never changes. */
export const ROOM_HASH = 'fnv1a32-fmix32';

/** The shard a room lives in. Frozen, and pinned by a golden test: every stored room was placed by it. */
export const shardOf = (room: RoomId, shards: number): ShardId => (hash32(room) % shards) as ShardId;
