/** What one edge hears of the fan-out, and what comes of what it does not hear. */
import {
  decodeHeartbeat,
  decodePacked,
  type EdgeId,
  type Epoch,
  type FanOut,
  type FanOutListener,
  type FanOutSubscription,
  type Packed,
  type RoomId,
  type Seq,
  type ShardId,
} from '@munova/contracts';
import type { BusServer } from './bus-server.js';
import type { SimProcess } from './process.js';
import type { Coverage } from './tally.js';

/** How the edge came to know of what was dropped on its way. */
type Repair = Extract<Coverage, `gap repaired by ${string}`>;

export class Ear implements FanOut {
  readonly #server: BusServer;
  readonly #process: SimProcess;
  readonly #fanOut: FanOut;
  #deaf = false;
  /** The greatest seq of a room that was dropped on its way, and what is known to repair it. */
  readonly #gaps = new Map<RoomId, { readonly seq: number; repair: Repair }>();
  /** The epoch that the edge has heard of, and the one whose owner it has told of its watches. */
  readonly #epochs = new Map<ShardId, { heard: Epoch; told: Epoch }>();

  /** @param fanOut the edge's own. */
  constructor(server: BusServer, process: SimProcess, fanOut: FanOut) {
    this.#server = server;
    this.#process = process;
    this.#fanOut = fanOut;
    server.ears.set(process.name, this);
  }

  async subscribe(edge: EdgeId, listener: FanOutListener): Promise<FanOutSubscription> {
    const heard = await this.#fanOut.subscribe(edge, {
      onPacked: (text) => {
        this.#heardPacked(decodePacked(text));
        listener.onPacked(text);
      },
      onHeartbeat: (text) => {
        const { shard, epoch, heads } = decodeHeartbeat(text);
        if (epoch >= (this.#epochs.get(shard)?.heard ?? 0)) this.#told(heads);
        this.#learn(shard, epoch);
        listener.onHeartbeat(text);
      },
      onEphemeral: (text) => listener.onEphemeral(text),
      onReconnect: () => listener.onReconnect(),
    });
    return { renew: () => this.#renew(heard), end: () => heard.end() };
  }

  whisper(shard: ShardId, ephemeral: string): Promise<void> {
    return this.#fanOut.whisper(shard, ephemeral);
  }

  /** A moment at which the connection may break, or fall silent. */
  upheaval(): void {
    const { faults, redis } = this.#server;
    if (faults.strikes('fan-out-reconnect')) redis.cut(this.#process.name);
    else if (faults.strikes('fan-out-deaf')) {
      this.#deaf = true;
      redis.deafen(this.#process.name);
    }
  }

  /** What was said to it, and lost on its way. */
  missed(text: string): void {
    for (const item of decodePacked(text).items) {
      const last = item.item === 'entries' ? item.entries.at(-1) : undefined;
      if (last !== undefined) this.#gaps.set(last.room, { seq: last.seq, repair: 'gap repaired by the next entry' });
    }
  }

  /** The edge asked for heads and got these. */
  onHeads(heads: ReadonlyMap<RoomId, { readonly seq: number }>): void {
    for (const [room, { seq }] of heads) this.#known(room, seq, 'gap repaired by heads');
  }

  /** The edge reads what it lacks. */
  onRead(room: RoomId, after: number): void {
    const gap = this.#gaps.get(room);
    if (gap === undefined || after >= gap.seq) return;
    this.#gaps.delete(room);
    this.#server.tally.met(gap.repair);
  }

  /** The edge said again what it watches in this shard. */
  onAnnounced(shard: ShardId): void {
    const epochs = this.#epochs.get(shard);
    if (epochs === undefined || epochs.told >= epochs.heard) return;
    epochs.told = epochs.heard;
    this.#server.tally.met('watch lost and announced again');
  }

  async #renew(heard: FanOutSubscription): Promise<void> {
    await heard.renew();
    if (this.#deaf) this.#server.tally.met('silence met and subscribed again');
    this.#deaf = false;
  }

  #heardPacked(packed: Packed): void {
    this.#count(packed);
    this.#learn(packed.shard, packed.epoch);
  }

  #learn(shard: ShardId, epoch: Epoch): void {
    const known = this.#epochs.get(shard);
    if (known === undefined) this.#epochs.set(shard, { heard: epoch, told: epoch });
    else if (epoch > known.heard) known.heard = epoch;
  }

  #told(heads: readonly (readonly [RoomId, Seq])[]): void {
    for (const [room, seq] of heads) this.#known(room, seq, 'gap repaired by a heartbeat’s heads');
  }

  #known(room: RoomId, seq: number, repair: Repair): void {
    const gap = this.#gaps.get(room);
    if (gap !== undefined && seq >= gap.seq && gap.repair === 'gap repaired by the next entry') gap.repair = repair;
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
