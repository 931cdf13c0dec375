/**
 * A room actor as small as tests need it: takes what the edge appends, writes the real log in memory,
 * answers, and does on demand what goes wrong with real ones.
 */
import {
  asEpoch,
  asSeq,
  asShardId,
  decodeBatch,
  encodeHeartbeat,
  encodePacked,
  outcomeKeyText,
  READ_MAX_BYTES,
  READ_MAX_ENTRIES,
  WIRE_VERSION,
} from '@munova/contracts';
import type {
  Actor,
  Command,
  CommandFrame,
  EdgeId,
  Entry,
  Epoch,
  ErrorCode,
  Generation,
  InboxBatch,
  InboxLag,
  PackedItem,
  ReplyItem,
  RoomId,
  SessionId,
} from '@munova/contracts';
import type { MemoryBus, MemoryStore } from '@munova/contracts/memory';

type Outcome = ReplyItem['outcome'];

/** `silent`: the command is logged as usual, and nobody is told. */
export type Script = Outcome | 'silent' | 'usual';

const SHARD = asShardId(0);
const EPOCH = asEpoch(1);

export class ScriptedActor {
  /** Says what happens to a command; `usual` logs and answers it. */
  script: (command: Command, batch: InboxBatch) => Script = () => 'usual';
  /** Refuses to let someone read. */
  refuseWatch: (room: RoomId, actor: Actor) => ErrorCode | null = () => null;
  /** While true nothing is taken from the inbox. */
  deaf = false;
  /** What heartbeats say instead of what waits. */
  lag: InboxLag | null = null;
  readonly batches: InboxBatch[] = [];
  readonly #bus: MemoryBus;
  readonly #store: MemoryStore;
  readonly #generation: Generation;
  readonly #logs = new Map<RoomId, Entry[]>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #watchers = new Map<RoomId, Set<EdgeId>>();
  #stopped = false;
  #running: Promise<void> | null = null;

  constructor(bus: MemoryBus, store: MemoryStore, generation: Generation) {
    this.#bus = bus;
    this.#store = store;
    this.#generation = generation;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#bus.wake();
    await this.#running;
  }

  head(room: RoomId): number {
    return this.#logs.get(room)?.length ?? 0;
  }

  watchers(room: RoomId): number {
    return this.#watchers.get(room)?.size ?? 0;
  }

  log(room: RoomId): readonly Entry[] {
    return this.#logs.get(room) ?? [];
  }

  /** Logs an entry; tells the watching edges unless it is to be lost on the way. */
  async add(entry: Entry, lost = false): Promise<void> {
    await this.#write([entry]);
    if (lost) return;
    await this.#tellWatchers(entry);
  }

  /** Appends without hearing that it is done. @returns what lets it hear: it remembers and publishes then. */
  async addUnheard(entry: Entry): Promise<() => Promise<void>> {
    await this.#store.log.append({ documents: [entry], intents: [] });
    return async () => {
      this.#remember(entry);
      await this.#tellWatchers(entry);
    };
  }

  /** Says the heartbeat of the shard with where all its rooms end, as an owner under `epoch`. */
  async beat(epoch: Epoch = EPOCH): Promise<void> {
    const heads = [...this.#logs].map(([room, log]) => [room, asSeq(log.length)] as const);
    const lag = this.lag ?? (await this.#bus.lag([SHARD])).get(SHARD) ?? { entries: 0, bytes: 0 };
    await this.#bus.beat(SHARD, encodeHeartbeat({ shard: SHARD, epoch, lag, heads }));
  }

  /** The next owner: it knows of no watch. */
  forgetWatches(): void {
    this.#watchers.clear();
  }

  async addAll(entries: readonly Entry[]): Promise<void> {
    for (let i = 0; i < entries.length; i += 256) await this.#write(entries.slice(i, i + 256));
  }

  /** Takes again from the inbox after having been deaf. */
  listen(): void {
    this.deaf = false;
    this.#bus.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const read = await this.#bus.read(this.deaf ? [] : [SHARD], READ_MAX_ENTRIES, READ_MAX_BYTES, 3_600_000);
      if (this.deaf || this.#stopped) continue;
      const batches = read.map((r) => decodeBatch(r.batch));
      this.batches.push(...batches);
      const out = new Map<EdgeId, PackedItem[]>();
      for (const batch of batches) await this.#take(batch, out);
      await this.#publish(
        out,
        read.map((r) => r.entryId),
      );
    }
  }

  async #take(batch: InboxBatch, out: Map<EdgeId, PackedItem[]>): Promise<void> {
    const session = batch.session as SessionId;
    let later: Outcome | null = null;
    for (const frame of batch.frames) {
      if (frame.frame === 'command') {
        const outcome: Outcome | null = later ?? (await this.#command(frame, batch, out));
        if (outcome?.status === 'later') later = outcome;
        if (outcome !== null) itemsOf(out, batch.edge).push(replyItem(session, frame, outcome));
      } else if (frame.frame === 'watch') {
        const code = this.refuseWatch(frame.room, frame.actor);
        if (code === null) watchersOf(this.#watchers, frame.room).add(batch.edge);
        const head = asSeq(this.head(frame.room));
        const verdict = code === null ? admitted(head, this.#generation) : ({ status: 'refused', code } as const);
        itemsOf(out, batch.edge).push({ item: 'watching', session, ref: frame.ref, room: frame.room, verdict });
      } else if (frame.frame === 'announce') {
        for (const room of frame.rooms) watchersOf(this.#watchers, room).add(batch.edge);
      } else if (frame.frame === 'unwatch') {
        for (const room of frame.rooms) this.#watchers.get(room)?.delete(batch.edge);
      }
    }
  }

  /** @returns null where nobody is told */
  async #command(frame: CommandFrame, batch: InboxBatch, out: Map<EdgeId, PackedItem[]>): Promise<Outcome | null> {
    const { command } = frame;
    const key = outcomeKeyText({ room: command.room, sender: command.actor.id, cmid: command.cmid });
    const known = this.#outcomes.get(key);
    if (known !== undefined) return known;
    const script = this.script(command, batch);
    if (script !== 'usual' && script !== 'silent') {
      if (script.status !== 'later') this.#outcomes.set(key, script);
      return script;
    }
    const entry = this.#entryOf(command);
    await this.#write([entry]);
    for (const edge of this.#watchers.get(command.room) ?? []) itemsOf(out, edge).push(entriesItem([entry]));
    const outcome: Outcome = { status: 'logged', seq: entry.seq, kind: entry.kind };
    this.#outcomes.set(key, outcome);
    return script === 'silent' ? null : outcome;
  }

  #entryOf(command: Command): Entry {
    if (command.kind !== 'message') throw new Error('messages only');
    const seq = this.head(command.room) + 1;
    const { actor, cmid, room, bodyHash } = command;
    return {
      kind: 'message',
      room,
      seq: asSeq(seq),
      sender: actor.id,
      senderName: actor.name,
      senderRole: actor.role,
      cmid,
      ...command.body,
      redacted: false,
      data: null,
      bodyHash,
      ts: 1_767_600_000_000 + seq,
      n: seq,
      epoch: EPOCH,
    };
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    await this.#store.log.append({ documents: entries, intents: [] });
    for (const entry of entries) this.#remember(entry);
  }

  #remember(entry: Entry): void {
    const log = this.#logs.get(entry.room);
    if (log === undefined) this.#logs.set(entry.room, [entry]);
    else log.push(entry);
  }

  async #tellWatchers(entry: Entry): Promise<void> {
    await this.#publish(new Map([...(this.#watchers.get(entry.room) ?? [])].map((e) => [e, [entriesItem([entry])]])));
  }

  async #publish(out: ReadonlyMap<EdgeId, readonly PackedItem[]>, remove: readonly string[] = []): Promise<void> {
    const publish = [...out].map(([edge, items]) => ({
      edge,
      packed: encodePacked({ v: WIRE_VERSION, shard: SHARD, epoch: EPOCH, items }),
    }));
    await this.#bus.commit({ shard: SHARD, epoch: EPOCH, publish, remove });
  }
}

const admitted = (head: ReturnType<typeof asSeq>, generation: Generation) =>
  ({ status: 'admitted', head, generation }) as const;

const entriesItem = (entries: readonly [Entry, ...Entry[]]): PackedItem => ({
  item: 'entries',
  room: entries[0].room,
  entries,
});

const replyItem = (session: SessionId, { ref, command }: CommandFrame, outcome: Outcome): PackedItem => ({
  item: 'reply',
  session,
  ref,
  room: command.room,
  cmid: command.cmid,
  outcome,
  repeated: false,
});

const itemsOf = (out: Map<EdgeId, PackedItem[]>, edge: EdgeId): PackedItem[] => {
  const items = out.get(edge) ?? [];
  out.set(edge, items);
  return items;
};

const watchersOf = (watchers: Map<RoomId, Set<EdgeId>>, room: RoomId): Set<EdgeId> => {
  const edges = watchers.get(room) ?? new Set();
  watchers.set(room, edges);
  return edges;
};
