/**
 * What one edge hears of the fan-out, and what is lost on the way to it. Invariants:
 * 1. What is said of one shard comes in order, if it comes.
 * 2. While cut off it hears nothing, until it is told of a reconnection; while deaf it hears nothing and is told
 *    nothing, until it subscribes again.
 */
import {
  decodeHeartbeat,
  decodePacked,
  encodeHeartbeat,
  type EdgeId,
  type Epoch,
  type FanOut,
  type FanOutListener,
  type FanOutSubscription,
  type Heartbeat,
  type Packed,
  type RoomId,
  type Seq,
  type ShardId,
} from '@munova/contracts';
import type { SimProcess } from './process.js';
import { lost, type BusServer } from './sim-bus.js';
import type { Coverage } from './tally.js';

const CUT_OFF_MAX_MS = 6_000; // ms that a lost connection takes to come back, at most

type Hearing = 'well' | 'cut off' | 'deaf';

/** How the edge came to know of what was dropped on its way. */
type Repair = Extract<Coverage, `gap repaired by ${string}`>;

export class Ear implements FanOut {
  readonly #server: BusServer;
  readonly #process: SimProcess;
  #listener: FanOutListener | null = null;
  #hearing: Hearing = 'well';
  /** When the last message of a shard comes. */
  readonly #last = new Map<ShardId, number>();
  /** The greatest seq of a room that was dropped on its way, and what is known to repair it. */
  readonly #gaps = new Map<RoomId, { readonly seq: number; repair: Repair }>();
  /** The epoch that the edge has heard of, and the one whose owner it has told of its watches. */
  readonly #epochs = new Map<ShardId, { heard: Epoch; told: Epoch }>();

  constructor(server: BusServer, process: SimProcess) {
    this.#server = server;
    this.#process = process;
  }

  async subscribe(edge: EdgeId, listener: FanOutListener): Promise<FanOutSubscription> {
    this.#listener = listener;
    const heard = await this.#server.bus.subscribe(edge, {
      onPacked: (text) => this.#packed(text),
      onHeartbeat: (text) => this.#heartbeat(text),
      onReconnect: () => undefined,
    });
    return { renew: () => this.#renew(), end: () => heard.end() };
  }

  /** A moment at which the connection may break, or fall silent. */
  upheaval(): void {
    const { faults } = this.#server;
    if (this.#hearing !== 'well') return;
    if (faults.strikes('fan-out-reconnect')) {
      this.#hearing = 'cut off';
      this.#process.timers.after(faults.between(100, CUT_OFF_MAX_MS), () => {
        this.#hearing = 'well';
        this.#listener?.onReconnect();
      });
    } else if (faults.strikes('fan-out-deaf')) this.#hearing = 'deaf';
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

  #renew(): Promise<void> {
    const { faults, tally } = this.#server;
    const act = async (): Promise<void> => {
      if (this.#hearing === 'cut off') throw lost('subscribe');
      if (this.#hearing === 'deaf') tally.met('silence met and subscribed again');
      this.#hearing = 'well';
    };
    return this.#process.travel({ name: 'subscribe', there: faults.networkMs(), back: faults.networkMs(), act });
  }

  #packed(text: string): void {
    const { faults } = this.#server;
    const packed = decodePacked(text);
    this.#count(packed);
    if (this.#hearing !== 'well' || faults.strikes('fan-out-drop')) this.#dropped(packed);
    else {
      const times = faults.strikes('fan-out-duplicate') ? 2 : 1;
      this.#carry(packed, times, (listener) => listener.onPacked(text));
    }
  }

  #heartbeat(text: string): void {
    const { faults, mutant } = this.#server;
    if (this.#hearing !== 'well' || faults.strikes('heartbeat-drop')) return;
    const said = decodeHeartbeat(text);
    const beat: Heartbeat = mutant === 'no-heads' ? { ...said, heads: [] } : said;
    this.#carry(beat, 1, (listener) => {
      if (beat.epoch >= (this.#epochs.get(beat.shard)?.heard ?? 0)) this.#told(beat.heads);
      listener.onHeartbeat(encodeHeartbeat(beat));
    });
  }

  #carry({ shard, epoch }: { shard: ShardId; epoch: Epoch }, times: number, hear: (l: FanOutListener) => void): void {
    const { faults, mutant } = this.#server;
    const now = this.#process.clock.monotonic();
    const delay = faults.networkMs() + (faults.strikes('fan-out-delay') ? faults.between(50, 2_000) : 0);
    const inOrder = mutant === 'fan-out-reordered' ? 0 : (this.#last.get(shard) ?? 0);
    const arrival = Math.max(now + delay, inOrder);
    this.#last.set(shard, arrival);
    for (let i = 0; i < times; i += 1) {
      this.#process.timers.after(arrival - now, () => {
        this.#learn(shard, epoch);
        if (this.#listener !== null) hear(this.#listener);
      });
    }
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

  #dropped({ items }: Packed): void {
    for (const item of items) {
      const last = item.item === 'entries' ? item.entries.at(-1) : undefined;
      if (last !== undefined) this.#gaps.set(last.room, { seq: last.seq, repair: 'gap repaired by the next entry' });
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
