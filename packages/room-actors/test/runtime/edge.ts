/** An edge as the actors see one: it appends batches, and hears what is addressed to it. */
import {
  WIRE_VERSION,
  asBatchId,
  asEdgeId,
  asSessionId,
  decodePacked,
  encodeBatch,
  type Actor,
  type Command,
  type EdgeId,
  type Entry,
  type InboxFrame,
  type PackedItem,
  type ReplyItem,
  type RoomId,
  type ShardId,
  type WatchReplyItem,
} from '@munova/contracts';
import type { MemoryBus } from '@munova/contracts/memory';
import { packedListener } from '@munova/contracts/testing';

export interface Sent {
  readonly ref: number;
  readonly command: Command;
}

export class SimEdge {
  readonly id: EdgeId;
  readonly heard: PackedItem[] = [];
  readonly #bus: MemoryBus;
  readonly #shardOf: (room: RoomId) => ShardId;
  #refs = 0;
  #batches = 0;

  constructor(name: string, bus: MemoryBus, shardOf: (room: RoomId) => ShardId) {
    this.id = asEdgeId(name);
    this.#bus = bus;
    this.#shardOf = shardOf;
  }

  async connect(): Promise<this> {
    const hear = (packed: string): unknown => this.heard.push(...decodePacked(packed).items);
    await this.#bus.subscribe(this.id, packedListener(hear));
    return this;
  }

  /** One batch of one session for one room. */
  async send(session: string, commands: readonly Command[], attempt = 1): Promise<readonly Sent[]> {
    const sent = commands.map((command) => ({ ref: (this.#refs += 1), command }));
    await this.again(session, sent, attempt);
    return sent;
  }

  /** The same frames, as an edge repeats them. */
  async again(session: string, sent: readonly Sent[], attempt: number): Promise<void> {
    const room = sent[0]?.command.room;
    if (room === undefined) return;
    await this.append(
      room,
      session,
      sent.map(({ ref, command }) => ({ frame: 'command', ref, command })),
      attempt,
    );
  }

  async watch(room: RoomId, actor: Actor, session = 'watcher'): Promise<number> {
    const ref = (this.#refs += 1);
    await this.append(room, session, [{ frame: 'watch', ref, room, actor }]);
    return ref;
  }

  async append(room: RoomId, session: string | null, frames: readonly InboxFrame[], attempt = 1): Promise<void> {
    const id = asBatchId(`${this.id}-${String((this.#batches += 1))}`);
    const origin = { edge: this.id, session: session === null ? null : asSessionId(session) };
    await this.raw(room, encodeBatch({ v: WIRE_VERSION, id, ...origin, attempt, frames }));
  }

  async raw(room: RoomId, batch: string): Promise<void> {
    const id = asBatchId(`${this.id}-raw-${String((this.#batches += 1))}`);
    const [verdict] = await this.#bus.append(this.#shardOf(room), [{ id, batch }]);
    if (verdict !== 'accepted') throw new Error(`a batch was ${String(verdict)}`);
  }

  get replies(): ReplyItem[] {
    return this.heard.filter((item) => item.item === 'reply');
  }

  /** The newest reply to that command. */
  replyTo(sent: Sent | undefined): ReplyItem | undefined {
    return this.replies.findLast((reply) => reply.ref === sent?.ref);
  }

  watchReply(ref: number): WatchReplyItem['verdict'] | undefined {
    return this.heard.filter((item) => item.item === 'watching').findLast((item) => item.ref === ref)?.verdict;
  }

  entries(room: RoomId): Entry[] {
    return this.heard.flatMap((item) => (item.item === 'entries' && item.room === room ? item.entries : []));
  }

  seqs(room: RoomId): number[] {
    return this.entries(room).map((entry) => entry.seq);
  }
}
