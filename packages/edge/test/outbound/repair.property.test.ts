/** An edge's rooms before owners that come and go, and a fan-out that loses what it likes. */
import {
  asEpoch,
  asGeneration,
  asRoomId,
  asSeq,
  asShardId,
  ChatError,
  HEAD_BEATS,
  HEARTBEAT_MS,
  WATCH_ANNOUNCE_MS,
  type Entry,
  type InboxFrame,
  type RoomId,
} from '@munova/contracts';
import { ManualRuntime, messages } from '@munova/contracts/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoomHubs } from '../../src/outbound/room-hubs.js';
import { Reader, SlowLog } from './hub-bench.js';

const SHARDS = 2;
const ROOMS = Array.from({ length: 4 }, (_, i) => asRoomId(`room-${String(i)}`));
const shardOf = (room: RoomId) => asShardId(ROOMS.indexOf(room) % SHARDS);

/** Faults strike for so long at most, so that no slow sweep has a part in the repair. */
const FAULTS_MS = 10_000;
const CALM_MS = WATCH_ANNOUNCE_MS - FAULTS_MS - 1_000;

interface Owner {
  epoch: number;
  up: boolean;
  readonly watches: Set<RoomId>;
  readonly heads: Map<RoomId, { seq: number; beats: number }>;
}

class Bench {
  readonly runtime: ManualRuntime;
  readonly log: SlowLog;
  readonly owners: Owner[] = Array.from({ length: SHARDS }, () => ownerOf(1));
  readonly readers = new Map<RoomId, Reader>();
  readonly hubs: RoomHubs;
  hearing: 'well' | 'deaf' | 'cut off' = 'well';
  postsFail = false;
  headsFail = false;
  beatsLost = false;

  constructor(seed: number) {
    this.runtime = new ManualRuntime(seed);
    this.log = new SlowLog(this.runtime);
    this.hubs = new RoomHubs({
      log: {
        readAfter: (room, after, limit) => this.log.readAfter(room, after, limit),
        heads: async (rooms) => {
          if (this.headsFail) throw new ChatError('unavailable');
          return this.log.heads(rooms);
        },
      },
      runtime: this.runtime,
      shardOf,
      post: async (shard, frames) => {
        if (this.postsFail) return false;
        for (const frame of frames) this.#take(this.owners[shard], frame);
        return true;
      },
      renew: async () => {
        if (this.hearing === 'cut off') throw new ChatError('unavailable');
        this.hearing = 'well';
      },
      onRead: () => undefined,
      onGap: () => undefined,
      onTakenOver: () => undefined,
      onLoss: () => undefined,
      onSilence: () => undefined,
      onFault: () => undefined,
    });
    this.hubs.start();
    for (const room of ROOMS) this.#join(room);
    this.#beats();
  }

  head(room: RoomId): number {
    return this.log.entries.filter((entry) => entry.room === room).length;
  }

  /** Entries become durable, and are said unless they are lost. */
  write(room: RoomId, count: number, isLost: boolean): void {
    const owner = this.owners[shardOf(room)];
    if (owner?.up !== true) return;
    const head = this.head(room);
    const fresh: readonly Entry[] = messages(room, head + 1, head + count);
    this.log.entries.push(...fresh);
    owner.heads.set(room, { seq: head + count, beats: HEAD_BEATS });
    if (isLost || this.hearing !== 'well' || !owner.watches.has(room)) return;
    this.hubs.onEpoch(shardOf(room), asEpoch(owner.epoch));
    this.hubs.onEntries({ item: 'entries', room, entries: fresh });
  }

  takeOver(shard: number): void {
    this.owners[shard] = ownerOf((this.owners[shard]?.epoch ?? 0) + 1);
    this.beat(shard);
  }

  ownerDown(shard: number): void {
    const owner = this.owners[shard];
    if (owner !== undefined) owner.up = false;
  }

  /** Of an owner that was superseded and does not know. */
  staleBeat(shard: number): void {
    const epoch = (this.owners[shard]?.epoch ?? 1) - 1;
    const lag = { entries: 0, bytes: 0 };
    if (epoch === 0 || this.hearing !== 'well') return;
    this.hubs.onHeartbeat({ v: 1, shard: asShardId(shard), epoch: asEpoch(epoch), lag, heads: [] });
  }

  beat(shard: number): void {
    const owner = this.owners[shard];
    if (owner?.up !== true) return;
    const heads = [...owner.heads].map(([room, { seq }]) => [room, asSeq(seq)] as const);
    for (const [room, head] of owner.heads) if (--head.beats === 0) owner.heads.delete(room);
    if (this.hearing !== 'well' || this.beatsLost) return;
    const lag = { entries: 0, bytes: 0 };
    this.hubs.onHeartbeat({ v: 1, shard: asShardId(shard), epoch: asEpoch(owner.epoch), lag, heads });
  }

  cutOff(ms: number): void {
    if (this.hearing !== 'well') return;
    this.hearing = 'cut off';
    this.runtime.timers.after(ms, () => {
      this.hearing = 'well';
      this.hubs.onReconnect();
    });
  }

  calm(): void {
    this.postsFail = this.headsFail = this.beatsLost = false;
    for (const [shard, { up }] of this.owners.entries()) if (!up) this.takeOver(shard);
  }

  #join(room: RoomId): void {
    const reader = new Reader({ room, destination: `/rooms/${room}` });
    this.readers.set(room, reader);
    const hub = this.hubs.acquire(room);
    this.owners[shardOf(room)]?.watches.add(room);
    this.hubs.onEpoch(shardOf(room), asEpoch(1));
    const verdict = { status: 'admitted', head: asSeq(0), generation: asGeneration('g1') } as const;
    this.hubs.onWatchReply({ item: 'watching', session: 's' as never, ref: 1, room, verdict });
    reader.subscription.start(0, 0);
    hub.add(reader.subscription);
  }

  #beats(): void {
    for (let shard = 0; shard < SHARDS; shard++) this.beat(shard);
    this.runtime.timers.after(HEARTBEAT_MS, () => this.#beats());
  }

  #take(owner: Owner | undefined, frame: InboxFrame): void {
    if (frame.frame === 'announce') for (const room of frame.rooms) owner?.watches.add(room);
  }
}

const ownerOf = (epoch: number): Owner => ({ epoch, up: true, watches: new Set(), heads: new Map() });

const shard = fc.nat(SHARDS - 1);
const write = fc.record({
  do: fc.constant('write' as const),
  room: fc.constantFrom(...ROOMS),
  count: fc.integer({ min: 1, max: 5 }),
  lost: fc.boolean(),
});

const step = fc.oneof(
  { weight: 8, arbitrary: write },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2_500) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take over' as const), shard }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('owner down' as const), shard }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stale beat' as const), shard }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deaf' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut off' as const), ms: fc.nat(4_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      what: fc.constantFrom('postsFail', 'headsFail', 'beatsLost'),
      on: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const run = async (bench: Bench, s: Step): Promise<void> => {
  switch (s.do) {
    case 'write':
      return bench.write(s.room, s.count, s.lost);
    case 'pass':
      return bench.runtime.advance(s.ms);
    case 'take over':
      return bench.takeOver(s.shard);
    case 'owner down':
      return bench.ownerDown(s.shard);
    case 'stale beat':
      return bench.staleBeat(s.shard);
    case 'deaf':
      bench.hearing = 'deaf';
      return;
    case 'cut off':
      return bench.cutOff(s.ms);
    case 'fail':
      bench[s.what] = s.on;
  }
};

describe('[D24] cursors before faulty owners and a faulty fan-out', () => {
  it('[I5] [D20] [D21] [D22] [D23] [D24] reach the head once the faults stop, without a slow sweep', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
        const bench = new Bench(seed);
        const check = (isEnd: boolean): void => {
          for (const [room, { seqs }] of bench.readers) {
            expect(seqs).toEqual(seqs.map((_, i) => i + 1));
            if (isEnd) expect(seqs.length, room).toBe(bench.head(room));
          }
        };
        for (const s of steps) {
          if (bench.runtime.clock.monotonic() > FAULTS_MS - 2_500) break;
          await run(bench, s);
          check(false);
        }
        bench.calm();
        await bench.runtime.advance(CALM_MS);
        expect(bench.runtime.clock.monotonic()).toBeLessThan(WATCH_ANNOUNCE_MS);
        check(true);
        for (const [s, owner] of bench.owners.entries()) {
          expect([...owner.watches].sort(), `watches of ${String(s)}`).toEqual(ROOMS.filter((r) => shardOf(r) === s));
        }
        expect(bench.runtime.faults).toEqual([]);
        bench.hubs.close();
      }),
      { numRuns: 300 },
    );
  });
});
