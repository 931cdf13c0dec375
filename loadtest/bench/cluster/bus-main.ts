/**
 * One end of the bus, with the product's adapters over a real Redis and nothing behind them: the edge appends messages
 * and hears what is published, the actor reads, answers at once, publishes and removes. Encoding and decoding included.
 */
import {
  asClientMessageId,
  asEdgeId,
  asEpoch,
  asGeneration,
  asRoomId,
  asSeq,
  asShardId,
  asUserId,
  decodeBatch,
  decodePacked,
  encodeBatch,
  encodePacked,
  READ_MAX_BYTES,
  READ_MAX_ENTRIES,
  READ_WAIT_MS,
  WIRE_VERSION,
  type AppendRequest,
  type BatchId,
  type CommandFrame,
  type Entry,
  type PackedItem,
  type SessionId,
  type ShardId,
  type StreamEntry,
} from '@munova/contracts';
import { systemRuntime } from '@munova/contracts/memory';
import { openRedisBus, type RedisBus } from '@munova/bus/ioredis';
import type { BusCount, BusPeerOptions } from './bus-protocol.js';

const EDGE = asEdgeId('edge-1.bench');
const EPOCH = asEpoch(1);
const CONTENT = '240 신는데 반 사이즈 크게 가야 할까요? 👟 #17320001234';
const HASH = 'Zm9yIHRoZSBzaXplIG9mIGl0IG9ubHksIG5vdCBhIGhhc2g';

const failed = (_name: string, error: unknown): void => {
  throw error;
};
const runtime = systemRuntime(failed);

class EdgePeer {
  readonly #bus: RedisBus;
  readonly #options: BusPeerOptions;
  readonly #sentAt = new Map<number, number>();
  #messages = 0;
  #times: number[] = [];
  #lastRef = 0;
  #turn = 0;
  #scheduled = false;

  constructor(bus: RedisBus, options: BusPeerOptions) {
    this.#bus = bus;
    this.#options = options;
  }

  async start(): Promise<void> {
    const nothing = (): void => undefined;
    const onPacked = (text: string): void => this.#hear(text);
    await this.#bus.fanOut.subscribe(EDGE, {
      onPacked,
      onHeartbeat: nothing,
      onEphemeral: nothing,
      onReconnect: nothing,
    });
    this.#send();
  }

  count(): BusCount {
    const times = this.#times;
    this.#times = [];
    return { messages: this.#messages, times };
  }

  #hear(text: string): void {
    const now = performance.now();
    for (const item of decodePacked(text).items) {
      if (item.item !== 'reply') continue;
      this.#times.push(now - (this.#sentAt.get(item.ref) ?? now));
      this.#sentAt.delete(item.ref);
      this.#messages += 1;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#send());
  }

  /** Fills the window; what one turn has for a shard is one call, as at the edge. */
  #send(): void {
    this.#scheduled = false;
    const { shards, perBatch, window } = this.#options;
    const gathered = new Map<ShardId, AppendRequest[]>();
    while (this.#sentAt.size + perBatch <= window) {
      const shard = asShardId((this.#turn += 1) % shards);
      const requests = gathered.get(shard) ?? [];
      gathered.set(shard, requests);
      requests.push(this.#request());
    }
    for (const [shard, requests] of gathered) {
      void this.#bus.inbox.append(shard, requests).then((verdicts) => {
        if (verdicts.some((verdict) => verdict !== 'accepted')) throw new Error(`not accepted: ${verdicts.join()}`);
      });
    }
  }

  #request(): AppendRequest {
    const room = asRoomId(runtime.random.id());
    const actor = { id: asUserId('u1234'), name: 'u1234', role: 'buyer', shop: null } as const;
    const frames = Array.from({ length: this.#options.perBatch }, (): CommandFrame => {
      const ref = (this.#lastRef += 1);
      this.#sentAt.set(ref, performance.now());
      const body = { type: 'TEXT', content: CONTENT } as const;
      const cmid = asClientMessageId(`m${String(ref)}`);
      return { frame: 'command', ref, command: { kind: 'message', room, actor, cmid, body, bodyHash: HASH } };
    });
    const id = runtime.random.id() as BatchId;
    const session = runtime.random.id() as SessionId;
    return { id, batch: encodeBatch({ v: WIRE_VERSION, id, edge: EDGE, session, attempt: 1, frames }) };
  }
}

const runActor = async ({ stream }: RedisBus, shards: readonly ShardId[]): Promise<void> => {
  for (let seq = 1; ; seq += 1) {
    const read = await stream.read(shards, READ_MAX_ENTRIES, READ_MAX_BYTES, READ_WAIT_MS);
    const ofShard = Map.groupBy(read, ({ shard }) => shard);
    await Promise.all([...ofShard].map(([shard, entries]) => answer(stream, shard, entries, seq)));
  }
};

const answer = async (
  stream: RedisBus['stream'],
  shard: ShardId,
  read: readonly StreamEntry[],
  seq: number,
): Promise<void> => {
  const items = read.flatMap(({ batch }) => itemsOf(batch, seq));
  const packed = encodePacked({ v: WIRE_VERSION, shard, epoch: EPOCH, items });
  const remove = read.map(({ entryId }) => entryId);
  await stream.commit({ shard, epoch: EPOCH, publish: [{ edge: EDGE, packed }], remove });
};

const itemsOf = (batch: string, at: number): readonly PackedItem[] => {
  const { frames, session } = decodeBatch(batch);
  return frames.flatMap((frame): PackedItem[] => {
    if (frame.frame !== 'command' || frame.command.kind !== 'message' || session === null) return [];
    const { room, cmid, actor, body, bodyHash } = frame.command;
    const entry = {
      ...{ kind: 'message', room, seq: asSeq(at), sender: actor.id, senderName: actor.name, senderRole: actor.role },
      ...{ cmid, type: body.type, content: body.content, redacted: false, data: null, bodyHash },
      ...{ ts: runtime.clock.now(), n: at, epoch: EPOCH },
    } as Entry;
    const outcome = { status: 'logged', seq: asSeq(at), kind: 'message' } as const;
    const reply = { item: 'reply', session, ref: frame.ref, room, cmid, outcome, repeated: false } as const;
    return [{ item: 'entries', room, entries: [entry] }, reply];
  });
};

const options = JSON.parse(process.argv[2] ?? '') as BusPeerOptions;
const generation = asGeneration(options.generation);
const bus = await openRedisBus({ url: options.redis, generation, shards: options.shards, runtime });
process.on('disconnect', () => process.exit(0));
if (options.role === 'edge') {
  const peer = new EdgePeer(bus, options);
  process.on('message', () => void process.send?.(peer.count()));
  await peer.start();
} else {
  void runActor(
    bus,
    Array.from({ length: options.shards }, (_, shard) => asShardId(shard)),
  );
}
