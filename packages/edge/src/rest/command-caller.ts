/**
 * Commands of REST calls.
 *
 * 1. Each call is a session of its own, ended with the call, so nothing of it is repeated behind its answer.
 * 2. A call is answered within REST_REPLY_DEADLINE_MS: an outcome that did not come is `outcome-unknown`.
 * 3. At most MAX_REST_COMMANDS_IN_FLIGHT wait for their outcomes, and no more than the edge may hold; what
 *    is beyond that is refused with `busy`.
 */
import {
  asSessionId,
  bodyHashOf,
  BUSY_RETRY_MS,
  ChatError,
  MAX_REST_COMMANDS_IN_FLIGHT,
  REST_REPLY_DEADLINE_MS,
} from '@munova/contracts';
import type {
  Actor,
  ClientMessageId,
  Command,
  CommandBody,
  CommandKind,
  DeploymentKey,
  Outcome,
  RoomId,
  Runtime,
  SessionId,
} from '@munova/contracts';
import type { CommandDispatcher, CommandReply } from '../inbound/command-dispatcher.js';
import { heldBytesOfCommand } from '../inbound/inbound-budget.js';

/** What a command came to; refusals are thrown. */
export type Effect = Exclude<Outcome, { readonly status: 'refused' }>;

export interface CommandRequest<K extends CommandKind> {
  readonly kind: K;
  readonly room: RoomId;
  readonly actor: Actor;
  readonly cmid: ClientMessageId;
  readonly body: CommandBody[K];
  /** What the caller asked, where the body holds more than that; tells a retry from a conflict. */
  readonly asked?: CommandBody[K];
}

export class CommandCaller {
  readonly #dispatcher: CommandDispatcher;
  readonly #key: DeploymentKey;
  readonly #runtime: Pick<Runtime, 'timers' | 'random'>;
  #inFlight = 0;

  constructor(dispatcher: CommandDispatcher, key: DeploymentKey, runtime: Pick<Runtime, 'timers' | 'random'>) {
    this.#dispatcher = dispatcher;
    this.#key = key;
    this.#runtime = runtime;
  }

  /** @throws {ChatError} the refusal; `busy`, `unavailable` and the like; `outcome-unknown` with the id to retry with. */
  async call<K extends CommandKind>(request: CommandRequest<K>): Promise<Effect> {
    const command = this.#command(request);
    const bytes = heldBytesOfCommand(command);
    const { budget } = this.#dispatcher;
    if (this.#inFlight >= MAX_REST_COMMANDS_IN_FLIGHT || !budget.admits(bytes, null)) {
      throw new ChatError('busy', undefined, { retryAfterMs: BUSY_RETRY_MS });
    }
    const release = budget.take(bytes);
    const session = asSessionId(`rest-${this.#runtime.random.id()}`);
    this.#inFlight += 1;
    try {
      return effectOf(await this.#submit(session, command));
    } catch (error) {
      throw withKey(error, request.cmid);
    } finally {
      this.#inFlight -= 1;
      this.#dispatcher.endSession(session);
      release();
    }
  }

  #command<K extends CommandKind>({ kind, room, actor, cmid, body, asked }: CommandRequest<K>): Command {
    const command = { kind, room, actor, cmid, body, bodyHash: bodyHashOf(this.#key, kind, asked ?? body) };
    // Kind and body belong together by the type of the request.
    return command as Command;
  }

  #submit(session: SessionId, command: Command): Promise<CommandReply> {
    return new Promise((resolve, reject) => {
      const deadline = this.#runtime.timers.after(REST_REPLY_DEADLINE_MS, () => {
        reject(new ChatError('outcome-unknown'));
      });
      this.#dispatcher
        .submit(session, command)
        .then(resolve, reject)
        .finally(() => {
          deadline.cancel();
        });
    });
  }
}

const effectOf = ({ outcome }: CommandReply): Effect => {
  switch (outcome.status) {
    case 'refused':
      throw new ChatError(outcome.code);
    case 'later':
      throw new ChatError(outcome.code, undefined, { retryAfterMs: outcome.retryAfterMs });
    case 'logged':
    case 'noop':
      return outcome;
  }
};

/** Who gave no `Idempotency-Key` learns here which one makes the retry harmless. */
const withKey = (error: unknown, cmid: ClientMessageId): unknown =>
  error instanceof ChatError && error.code === 'outcome-unknown'
    ? new ChatError('outcome-unknown', error.message, { ...error.facts, clientMessageId: cmid })
    : error;
