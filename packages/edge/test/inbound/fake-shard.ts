/** One shard's inbox and actor in one, under a test's control: what is appended, lost, refused, answered. */
import { asEdgeId, asRoomId, asSeq, asShardId, asUserId, ChatError, decodeBatch } from '@munova/contracts';
import type {
  AppendRequest,
  AppendVerdict,
  ClientMessageId,
  Command,
  CommandFrame,
  CommandInbox,
  InboxBatch,
  ReplyItem,
  SessionId,
  ShardId,
} from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { InboxDispatcher } from '../../src/inbound/inbox-dispatcher.js';
import type { CommandReply, SubmitOptions } from '../../src/inbound/command-dispatcher.js';

export const SESSION = 's1' as SessionId;
export const ROOM = asRoomId('room-1');

class FakeShard implements CommandInbox {
  /** Of each appended batch; a test may let the promise hang or fail. */
  onAppend: (batch: InboxBatch) => AppendVerdict | 'throw' | 'hang' = () => 'accepted';
  /** Batches as they were appended, whatever became of them. */
  readonly batches: InboxBatch[] = [];
  /** Requests of each call of `append`. */
  readonly calls: number[] = [];

  async append(_shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> {
    this.calls.push(requests.length);
    const verdicts: AppendVerdict[] = [];
    for (const request of requests) {
      const batch = decodeBatch(request.batch);
      this.batches.push(batch);
      const verdict = this.onAppend(batch);
      if (verdict === 'throw') throw new ChatError('unavailable');
      if (verdict === 'hang') await new Promise(() => undefined);
      verdicts.push(verdict as AppendVerdict);
    }
    return verdicts;
  }
}

export class DispatcherBench {
  readonly runtime: ManualRuntime;
  readonly shard = new FakeShard();
  readonly dispatcher: InboxDispatcher;
  readonly faults: unknown[] = [];
  repeats = 0;
  /** ms, of each batch. */
  readonly appendedAfter: number[] = [];
  readonly answeredAfter: number[] = [];

  constructor(seed = 1) {
    this.runtime = new ManualRuntime(seed);
    this.dispatcher = new InboxDispatcher({
      edge: asEdgeId('edge-1'),
      inbox: this.shard,
      runtime: this.runtime,
      shardOf: () => asShardId(0),
      onFault: (cause) => this.faults.push(cause),
      onRepeat: () => this.repeats++,
      onAppended: (ms) => this.appendedAfter.push(ms),
      onAnswered: (ms) => this.answeredAfter.push(ms),
    });
  }

  /** Submits messages m1, m2, …; gives what each became. */
  submit(cmids: readonly string[], options?: SubmitOptions, session = SESSION, room = ROOM): Outcomes {
    return new Outcomes(
      cmids.map((cmid) => [cmid, this.dispatcher.submit(session, message(cmid, room), options)] as const),
    );
  }

  reply(frame: CommandFrame, outcome: ReplyItem['outcome'], session = SESSION): void {
    const { room, cmid } = frame.command;
    this.dispatcher.onReply({ item: 'reply', session, ref: frame.ref, room, cmid, outcome, repeated: false });
  }

  /** Answers every command of a batch, with seqs from `firstSeq`. */
  replyAll(batch: InboxBatch | undefined, firstSeq = 1): void {
    commandsOf(batch).forEach((f, i) => this.reply(f, logged(firstSeq + i), batch?.session ?? SESSION));
  }
}

export class Outcomes {
  /** By id: `logged 3`, `refused CHAT_02`, `later busy`, `! outcome-unknown`. */
  readonly of: Record<string, string> = {};

  constructor(submitted: readonly (readonly [string, Promise<CommandReply>])[]) {
    for (const [cmid, reply] of submitted) {
      reply.then(
        ({ outcome }) => {
          this.of[cmid] = describeOutcome(outcome);
        },
        (error: unknown) => {
          this.of[cmid] = `! ${error instanceof ChatError ? error.code : String(error)}`;
        },
      );
    }
  }
}

const describeOutcome = (outcome: ReplyItem['outcome']): string => {
  if (outcome.status === 'logged') return `logged ${String(outcome.seq)}`;
  return outcome.status === 'noop' ? 'noop' : `${outcome.status} ${outcome.code}`;
};

export const logged = (seq: number): ReplyItem['outcome'] => ({ status: 'logged', seq: asSeq(seq), kind: 'message' });
export const later = (retryAfterMs = 500): ReplyItem['outcome'] => ({ status: 'later', code: 'busy', retryAfterMs });

export const commandsOf = (batch: InboxBatch | undefined): CommandFrame[] =>
  (batch?.frames ?? []).filter((f) => f.frame === 'command');
export const cmidsOf = (batch: InboxBatch | undefined): string[] => commandsOf(batch).map((f) => f.command.cmid);

export const message = (cmid: string, room = ROOM, content = 'hi'): Command => ({
  kind: 'message',
  room,
  actor: { id: asUserId('minji'), name: '민지', role: 'buyer', shop: null },
  cmid: cmid as ClientMessageId,
  body: { type: 'TEXT', content },
  bodyHash: 'hash',
});
