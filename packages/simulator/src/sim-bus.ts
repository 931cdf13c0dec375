/**
 * Inbox, stream and fan-out as one process reaches them. Invariants:
 * 1. What one edge appends to one shard arrives in the order in which it was appended.
 * 2. What the fan-out brings one edge of one shard comes in order, if it comes.
 */
import {
  ChatError,
  decodeBatch,
  decodePacked,
  encodeBatch,
  type AppendRequest,
  type AppendVerdict,
  type CommandInbox,
  type EdgeId,
  type FanOutSubscription,
  type Packed,
  type RoomId,
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

const lost = (what: string): ChatError => new ChatError('unavailable', `${what}: no answer`);

export const inboxOf = ({ bus, faults }: BusServer, process: SimProcess): CommandInbox => {
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
        if (fate === 'inbox-reply-lost') throw lost('append');
        return verdicts;
      };
      return process.travel({ name: 'inbox append', there: arrival - now, back: faults.networkMs(), act });
    },
  };
};

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

/** What one edge hears. */
export class Ear {
  readonly #server: BusServer;
  readonly #process: SimProcess;
  readonly #onPacked: (text: string) => void;
  /** When the last message of a shard comes. */
  readonly #last = new Map<ShardId, number>();
  /** The greatest seq of a room that was dropped on its way, and what is known to repair it. */
  readonly #gaps = new Map<RoomId, { seq: number; byHeads: boolean }>();

  constructor(server: BusServer, process: SimProcess, onPacked: (text: string) => void) {
    this.#server = server;
    this.#process = process;
    this.#onPacked = onPacked;
  }

  async listen(edge: EdgeId): Promise<FanOutSubscription> {
    return this.#server.bus.subscribe(edge, {
      onPacked: (text) => this.#carry(text),
      onHeartbeat: () => undefined,
      onReconnect: () => undefined,
    });
  }

  /** The edge asked for heads and got these. */
  onHeads(heads: ReadonlyMap<RoomId, { readonly seq: number }>): void {
    for (const [room, gap] of this.#gaps) if ((heads.get(room)?.seq ?? 0) >= gap.seq) gap.byHeads = true;
  }

  /** The edge reads what it lacks. */
  onRead(room: RoomId, after: number): void {
    const gap = this.#gaps.get(room);
    if (gap === undefined || after >= gap.seq) return;
    this.#gaps.delete(room);
    this.#server.tally.met(gap.byHeads ? 'gap repaired by heads' : 'gap repaired by the next entry');
  }

  #carry(text: string): void {
    const { faults, mutant } = this.#server;
    const packed = decodePacked(text);
    this.#count(packed);
    if (faults.strikes('fan-out-drop')) {
      this.#dropped(packed);
      return;
    }
    const now = this.#process.clock.monotonic();
    const delay = faults.networkMs() + (faults.strikes('fan-out-delay') ? faults.between(50, 2_000) : 0);
    const inOrder = mutant === 'fan-out-reordered' ? 0 : (this.#last.get(packed.shard) ?? 0);
    const arrival = Math.max(now + delay, inOrder);
    this.#last.set(packed.shard, arrival);
    const times = faults.strikes('fan-out-duplicate') ? 2 : 1;
    for (let i = 0; i < times; i += 1) this.#process.timers.after(arrival - now, () => this.#onPacked(text));
  }

  #dropped({ items }: Packed): void {
    for (const item of items) {
      const last = item.item === 'entries' ? item.entries.at(-1) : undefined;
      if (last !== undefined) this.#gaps.set(last.room, { seq: last.seq, byHeads: false });
    }
  }

  #count({ items }: Packed): void {
    for (const item of items) {
      if (item.item !== 'reply') continue;
      const { outcome, repeated } = item;
      if (outcome.status === 'later') this.#server.tally.met('later answered');
      if (outcome.status === 'refused' && repeated) this.#server.tally.met('refusal repeated');
      if (outcome.status === 'refused' && outcome.code === 'CHAT_06') this.#server.tally.met('capacity refused');
    }
  }
}
