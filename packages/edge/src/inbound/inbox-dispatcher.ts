/**
 * The one `CommandDispatcher`: lanes per (session, room), watches, and what the actors answer.
 *
 * Invariants
 * 1. References are never used twice while this process lives, so a late answer finds nothing or its own command.
 * 2. A session that ended has no lane, and a lane that is idle and owes nothing is forgotten.
 */
import { ChatError, encodeBatch, WIRE_VERSION } from '@munova/contracts';
import type {
  Actor,
  BatchId,
  ClientMessageId,
  Command,
  CommandInbox,
  EdgeId,
  InboxFrame,
  ReplyItem,
  RoomId,
  Runtime,
  SessionId,
  ShardId,
  WatchReplyItem,
} from '@munova/contracts';
import { BatchAppender } from './batch-appender.js';
import type { CommandDispatcher, CommandReply, HoldOptions, SubmitOptions } from './command-dispatcher.js';
import { InboundBudget } from './inbound-budget.js';
import type { OwedTally } from './owed-ids.js';
import { RoomLane } from './room-lane.js';
import type { LaneHost } from './room-lane.js';
import { WatchCalls } from './watch-calls.js';

export interface DispatcherDeps {
  readonly edge: EdgeId;
  readonly inbox: CommandInbox;
  readonly runtime: Runtime;
  readonly shardOf: (room: RoomId) => ShardId;
  /** An append failed; what it carried is repeated. */
  readonly onFault: (cause: unknown) => void;
  /** A batch to this shard was not answered in time and is repeated. */
  readonly onRepeat: (shard: ShardId) => void;
  /** A batch was in its inbox this long (ms) after it was begun. */
  readonly onAppended: (ms: number) => void;
  /** A batch was answered as a whole this long (ms) after that. */
  readonly onAnswered: (ms: number) => void;
  /** Absent: one of its own, with the usual bound. */
  readonly budget?: InboundBudget;
}

/** What a command adds to a batch beside its content: ids, names, hash, punctuation. */
const COMMAND_OVERHEAD_BYTES = 1_024;

interface SessionLanes {
  readonly rooms: Map<RoomId, RoomLane>;
  readonly owed: OwedTally;
}

export class InboxDispatcher implements CommandDispatcher {
  readonly budget: InboundBudget;
  readonly #deps: DispatcherDeps;
  readonly #appender: BatchAppender;
  readonly #watches: WatchCalls;
  readonly #lanes = new Map<SessionId, SessionLanes>();
  readonly #byRef = new Map<number, RoomLane>();
  #lastRef = 0;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.budget = deps.budget ?? new InboundBudget();
    this.#appender = new BatchAppender(deps.inbox, deps.runtime.spawn, deps.onFault);
    this.#watches = new WatchCalls({
      edge: deps.edge,
      runtime: deps.runtime,
      nextRef: () => ++this.#lastRef,
      append: (room, id, batch, settle) => this.#appender.append(deps.shardOf(room), { id, batch }, settle),
    });
  }

  /** Commands submitted and not settled. */
  get pending(): number {
    return this.#byRef.size;
  }

  submit(session: SessionId, command: Command, options: SubmitOptions = {}): Promise<CommandReply> {
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(session, command.room);
      const ref = ++this.#lastRef;
      this.#byRef.set(ref, lane);
      const bytes = COMMAND_OVERHEAD_BYTES + contentBytes(command);
      const { holdLater = () => false, comesBack = true } = options;
      lane.submit({ ref, command, bytes, holdLater, comesBack, resolve, reject });
    });
  }

  putOff(session: SessionId, room: RoomId, cmid: ClientMessageId): void {
    this.#laneOf(session, room).putOff(cmid);
  }

  watch(
    session: SessionId,
    room: RoomId,
    actor: Actor,
    { holdLater = () => false }: HoldOptions = {},
  ): Promise<WatchReplyItem['verdict']> {
    return this.#watches.watch(session, room, actor, holdLater);
  }

  endSession(session: SessionId): void {
    const lanes = this.#lanes.get(session);
    this.#lanes.delete(session);
    if (lanes !== undefined) {
      // Made only where somebody hears it: its stack costs more than the rest of an ending.
      const gone = new ChatError('outcome-unknown', 'The session ended before the answer came.');
      for (const lane of lanes.rooms.values()) lane.close(gone);
    }
    this.#watches.endSession(session);
  }

  onReply(item: ReplyItem): void {
    const lane = this.#byRef.get(item.ref);
    if (lane?.session === item.session) lane.onReply(item.ref, { outcome: item.outcome, repeated: item.repeated });
  }

  onWatchReply(item: WatchReplyItem): void {
    this.#watches.onReply(item);
  }

  /** Appends what wants no answer, once; true when it is in the inbox. */
  post(shard: ShardId, frames: readonly InboxFrame[]): Promise<boolean> {
    const id = this.#deps.runtime.random.id() as BatchId;
    const batch = encodeBatch({ v: WIRE_VERSION, id, edge: this.#deps.edge, session: null, attempt: 1, frames });
    return new Promise((resolve) => {
      this.#appender.append(shard, { id, batch }, (result) => resolve(result === 'accepted' || result === 'present'));
    });
  }

  #laneOf(session: SessionId, room: RoomId): RoomLane {
    let lanes = this.#lanes.get(session);
    if (lanes === undefined) this.#lanes.set(session, (lanes = { rooms: new Map(), owed: { ids: 0 } }));
    let lane = lanes.rooms.get(room);
    if (lane === undefined) {
      lanes.rooms.set(room, (lane = new RoomLane(room, session, this.#hostOf(session, room, lanes.owed))));
    }
    return lane;
  }

  #hostOf(session: SessionId, room: RoomId, owed: OwedTally): LaneHost {
    const { edge, runtime, shardOf, onRepeat, onAppended, onAnswered } = this.#deps;
    const shard = shardOf(room);
    return {
      edge,
      runtime,
      owed,
      append: (request, settle) => this.#appender.append(shard, request, settle),
      settled: (ref) => this.#byRef.delete(ref),
      idle: () => this.#forgetLane(session, room),
      repeated: () => onRepeat(shard),
      appended: onAppended,
      answered: onAnswered,
    };
  }

  #forgetLane(session: SessionId, room: RoomId): void {
    const rooms = this.#lanes.get(session)?.rooms;
    rooms?.delete(room);
    if (rooms?.size === 0) this.#lanes.delete(session);
  }
}

const contentBytes = (command: Command): number =>
  // A UTF-16 unit is at most six bytes once escaped in JSON.
  command.kind === 'message' ? command.body.content.length * 6 : 0;
