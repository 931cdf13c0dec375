/** What a shard's owner says of it again and again, to every edge. */
import type { Epoch, RoomId, Seq, ShardId } from '../ids.js';
import type { InboxLag } from '../ports/inbox.js';
import { WIRE_VERSION } from './batch.js';
import { decodeVersioned } from './versioned.js';

export interface Heartbeat {
  readonly v: number;
  readonly shard: ShardId;
  readonly epoch: Epoch;
  readonly lag: InboxLag;
  /** Of the rooms that got entries lately, so that an edge finds out what the fan-out lost. */
  readonly heads: readonly (readonly [RoomId, Seq])[];
}

export const encodeHeartbeat = (heartbeat: Omit<Heartbeat, 'v'>): string =>
  JSON.stringify({ v: WIRE_VERSION, ...heartbeat });

/** @throws {WireVersionError} newer than readable. @throws {WireFormatError} not a heartbeat. */
export const decodeHeartbeat = (text: string): Heartbeat =>
  decodeVersioned<Heartbeat>(text, WIRE_VERSION, (o) => Array.isArray(o['heads']) && typeof o['shard'] === 'number');
