/** Inbox and stream as one process reaches them. What one edge appends to one shard arrives in the order it was appended. */
import {
  ChatError,
  decodeBatch,
  encodeBatch,
  type AppendRequest,
  type AppendVerdict,
  type CommandInbox,
  type ShardId,
  type ShardStream,
  type StreamEntry,
} from '@munova/contracts';
import type { MemoryBus } from '@munova/contracts/memory';
import type { Faults } from './faults.js';
import type { Mutant } from './mutants.js';
import type { SimProcess } from './process.js';
import { LATEST_MS } from './sim-store.js';
import type { Tally } from './tally.js';

/** What all processes share of the bus. */
export interface BusServer {
  readonly bus: MemoryBus;
  readonly faults: Faults;
  readonly tally: Tally;
  readonly mutant: Mutant | null;
}

/** The call may have had its effect, or not. */
export const lost = (what: string): ChatError => new ChatError('unavailable', `${what}: no answer`);

/** @param onAnnounced watches of this shard were announced to it */
export const inboxOf = (
  { bus, faults }: BusServer,
  process: SimProcess,
  onAnnounced: (shard: ShardId) => void,
): CommandInbox => {
  const arrivals = new Map<ShardId, number>();
  return {
    append: (shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> => {
      const now = process.clock.monotonic();
      const arrival = Math.max(now + faults.networkMs(), arrivals.get(shard) ?? 0);
      arrivals.set(shard, arrival);
      const fate = faults.first('inbox-lost', 'inbox-reply-lost', 'inbox-busy');
      const act = async (): Promise<readonly AppendVerdict[]> => {
        if (fate === 'inbox-lost') throw lost('append');
        if (fate === 'inbox-busy') return requests.map(() => 'busy');
        const verdicts = await bus.append(shard, requests);
        if (requests.some(({ batch }, i) => verdicts[i] === 'accepted' && isAnnouncement(batch))) onAnnounced(shard);
        if (fate === 'inbox-reply-lost') throw lost('append');
        return verdicts;
      };
      return process.travel({ name: 'inbox append', there: arrival - now, back: faults.networkMs(), act });
    },
  };
};

const isAnnouncement = (batch: string): boolean => decodeBatch(batch).frames.some((f) => f.frame === 'announce');

export const streamOf = ({ bus, faults, tally, mutant }: BusServer, process: SimProcess): ShardStream => ({
  read: (shards, entries, bytes, waitMs) => {
    const fails = faults.strikes('stream-read-fails');
    const act = async (): Promise<readonly StreamEntry[]> => {
      if (fails) throw lost('read');
      const read = await bus.read(shards, entries, bytes, waitMs);
      return mutant === 'frames-reversed' ? read.map(reversed) : read;
    };
    return process.travel({ name: 'stream read', there: faults.networkMs(), back: faults.networkMs(), act });
  },
  wake: () => bus.wake(),
  commit: (commit) => {
    const fate = faults.first('stream-commit-lost', 'stream-commit-reply-lost', 'stream-commit-lands-late');
    const lateMs = fate === 'stream-commit-lands-late' ? faults.between(10, LATEST_MS) : 0;
    const act = async (): Promise<'committed' | 'fenced'> => {
      if (fate === 'stream-commit-lost') throw lost('commit');
      const verdict = await bus.commit(commit);
      if (verdict === 'fenced') tally.met('stale owner refused by fence');
      if (fate === 'stream-commit-reply-lost') throw lost('commit');
      return verdict;
    };
    const travel = (name: string, there: number, run: typeof act): ReturnType<typeof act> =>
      process.travel({ name, there, back: faults.networkMs(), act: run });
    if (lateMs === 0) return travel('stream commit', faults.networkMs(), act);
    void travel('stream commit (unheard)', faults.networkMs() + lateMs, act);
    return travel('stream commit', faults.networkMs(), () => Promise.reject(lost('commit')));
  },
  lag: (shards) => {
    const act = () => bus.lag(shards);
    return process.travel({ name: 'stream lag', there: faults.networkMs(), back: faults.networkMs(), act });
  },
  beat: (shard, heartbeat) => {
    const act = () => bus.beat(shard, heartbeat);
    return process.travel({ name: 'heartbeat', there: faults.networkMs(), back: faults.networkMs(), act });
  },
});

const reversed = (entry: StreamEntry): StreamEntry => {
  const batch = decodeBatch(entry.batch);
  return { ...entry, batch: encodeBatch({ ...batch, frames: [...batch.frames].reverse() }) };
};
