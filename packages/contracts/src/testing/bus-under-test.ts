import { afterAll, beforeAll, describe } from 'vitest';
import { asBatchId, asEpoch, asShardId, type EdgeId, type ShardId } from '../ids.js';
import { INBOX_MAX_BYTES } from '../limits.js';
import type { AppendRequest, CommandInbox, FanOut, FanOutListener, ShardStream, StreamEntry } from '../ports/inbox.js';
import { fresh } from './fixtures.js';

/** The three ports between edges and actors, over one transport. */
export interface Bus {
  readonly inbox: CommandInbox;
  readonly stream: ShardStream;
  readonly fanOut: FanOut;
  dispose(): Promise<void>;
}

export interface BusFactory {
  /** Shares nothing with any other. Shards 0 to 63 are there. */
  open(): Promise<Bus>;
}

/** The bus of one `describe` block; each test takes shards that no other test has. */
export interface BusUnderTest {
  readonly bus: Bus;
  readonly freshShard: () => ShardId;
}

/** Entries and bytes beyond what any of these tests appends. */
export const PLENTY = 100_000;
export const PLENTY_BYTES = 2 * INBOX_MAX_BYTES;
export const FIRST_EPOCH = asEpoch(1);

export const describeWithBus = (title: string, factory: BusFactory, tests: (subject: BusUnderTest) => void): void => {
  describe(title, () => {
    let bus: Bus | undefined;
    let shards = 0;
    beforeAll(async () => {
      bus = await factory.open();
    });
    afterAll(() => bus?.dispose());
    tests({
      get bus() {
        if (bus === undefined) throw new Error('the bus is not open');
        return bus;
      },
      freshShard: () => asShardId(shards++),
    });
  });
};

export const request = (batch = fresh('batch ')): AppendRequest => ({ id: asBatchId(fresh('id-')), batch });
export const requests = (count: number): readonly AppendRequest[] => Array.from({ length: count }, () => request());

export const readAll = ({ stream }: Bus, ...shards: readonly ShardId[]): Promise<readonly StreamEntry[]> =>
  stream.read(shards, PLENTY, PLENTY_BYTES, 0);

export const textsOf = (entries: readonly { readonly batch: string }[]): readonly string[] =>
  entries.map(({ batch }) => batch);

export const remove = ({ stream }: Bus, shard: ShardId, entries: readonly StreamEntry[]) =>
  stream.commit({ shard, epoch: FIRST_EPOCH, publish: [], remove: entries.map(({ entryId }) => entryId) });

/** Hears packed messages, and nothing else. */
export const packedListener = (onPacked: (packed: string) => void): FanOutListener => ({
  onPacked,
  onHeartbeat: () => undefined,
  onEphemeral: () => undefined,
  onReconnect: () => undefined,
});

/** What an edge hears, in the order in which it comes. */
export const listen = async ({ fanOut }: Bus, edge: EdgeId): Promise<readonly string[]> => {
  const seen: string[] = [];
  await fanOut.subscribe(
    edge,
    packedListener((packed) => seen.push(packed)),
  );
  return seen;
};
