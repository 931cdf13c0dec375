/** The product's own adapters of the bus as one process has them, and what is watched of them. */
import { decodeBatch, type CommandInbox, type Generation, type ShardId, type ShardStream } from '@munova/contracts';
import { RedisInbox, RedisStream, type RedisCommands, type StreamCaps } from '@munova/bus';
import type { BusServer } from './bus-server.js';
import type { SimProcess } from './process.js';

/** @param onAnnounced watches of this shard were announced to it */
export const inboxOf = (
  commands: RedisCommands,
  generation: Generation,
  caps: StreamCaps,
  onAnnounced: (shard: ShardId) => void,
): CommandInbox => {
  const inbox = new RedisInbox(commands, generation, caps);
  return {
    append: async (shard, requests) => {
      const verdicts = await inbox.append(shard, requests);
      if (requests.some(({ batch }, i) => verdicts[i] === 'accepted' && isAnnouncement(batch))) onAnnounced(shard);
      return verdicts;
    },
  };
};

const isAnnouncement = (batch: string): boolean => decodeBatch(batch).frames.some((f) => f.frame === 'announce');

export const streamOf = ({ redis, tally }: BusServer, process: SimProcess, generation: Generation): ShardStream => {
  const stream = new RedisStream(redis.commandsOf(process), generation, process);
  return {
    read: (shards, entries, bytes, waitMs) => stream.read(shards, entries, bytes, waitMs),
    wake: () => stream.wake(),
    lag: (shards) => stream.lag(shards),
    beat: (shard, heartbeat) => stream.beat(shard, heartbeat),
    whisper: (shard, ephemeral) => stream.whisper(shard, ephemeral),
    commit: async (commit) => {
      const verdict = await stream.commit(commit);
      if (verdict === 'fenced') tally.met('stale owner refused by fence');
      return verdict;
    },
  };
};
