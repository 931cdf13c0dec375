/**
 * A session's SENDs: from frame to command, and from the actor's answer to RECEIPT or refusal.
 *
 * Invariants
 * 1. The sender is the token's `sub` and nothing else.
 * 2. A RECEIPT for a message is sent only after the actor said that it is in the log (I4).
 */
import { bodyHashOf, ChatError, isClientMessageId } from '@munova/contracts';
import type { Actor, ClientMessageId, CommandOf, DeploymentKey, Random, RoomId, Seq, UserId } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';
import { subjectOf } from '../session/answers.js';
import type { Subject } from '../session/answers.js';
import type { AsRefusal, SessionContext } from '../session/context.js';
import type { CommandDispatcher, CommandReply } from './command-dispatcher.js';
import { sendTarget } from './destinations.js';
import type { BodyFormat } from './destinations.js';
import { heldBytesOfFrame } from './inbound-budget.js';
import { parseMessage } from './message-body.js';
import type { ContentRules } from './message-body.js';
import { TypingDesk } from './typing-desk.js';
import type { TypingDeskDeps } from './typing-desk.js';

export interface SendDeskDeps {
  readonly dispatcher: CommandDispatcher;
  readonly random: Random;
  readonly deploymentKey: DeploymentKey;
  readonly rules: ContentRules;
  readonly asRefusal: AsRefusal;
  readonly typing: TypingDeskDeps;
  /** A message of this user stands at this seq, so he has read up to it. Must not wait or throw. */
  readonly onLogged: (room: RoomId, user: UserId, seq: Seq) => void;
  /** A message's answer came. */
  readonly onAnswered: (status: CommandReply['outcome']['status']) => void;
}

export class SendDesk {
  readonly #session: SessionContext;
  readonly #deps: SendDeskDeps;
  readonly #typing: TypingDesk;

  constructor(session: SessionContext, deps: SendDeskDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#typing = new TypingDesk(session, deps.typing);
  }

  /** @throws {ChatError} */
  handle(frame: StompFrame): void {
    const target = sendTarget(frame.header('destination'));
    if (target.kind === 'token') {
      this.#session.refreshToken(frame.text()?.trim() ?? '');
      this.#session.receipt(frame);
      return;
    }
    if (target.kind === 'typing') this.#typing.handle(frame, target.room);
    else this.#submit(frame, this.#command(frame, target.room, target.format));
  }

  /** Refuses a SEND for its rate: a client that heeds it sends it again with the same id. @throws {ChatError} always */
  refuseForRate(frame: StompFrame): never {
    const target = sendTarget(frame.header('destination'));
    const cmid = frame.header('client-message-id');
    if (target.kind === 'message' && cmid !== undefined) {
      this.#deps.dispatcher.putOff(this.#session.id, target.room, this.#messageId(cmid));
    }
    throw new ChatError('rate-limited');
  }

  #command(frame: StompFrame, room: RoomId, format: BodyFormat): CommandOf<'message'> {
    const { rules, deploymentKey } = this.#deps;
    const actor: Actor = this.#session.actor;
    const cmid = this.#messageId(frame.header('client-message-id'));
    const body = parseMessage(frame, format, actor.id, rules);
    return { kind: 'message', room, actor, cmid, body, bodyHash: bodyHashOf(deploymentKey, 'message', body) };
  }

  #messageId(given: string | undefined): ClientMessageId {
    const id = given ?? this.#deps.random.id();
    if (!isClientMessageId(id)) {
      throw new ChatError('bad-request', 'client-message-id: 1 to 64 of A-Za-z0-9._:- are expected.');
    }
    return id;
  }

  #submit(frame: StompFrame, command: CommandOf<'message'>): void {
    const about: Subject = { ...subjectOf(frame), clientMessageId: command.cmid };
    const { dispatcher } = this.#deps;
    const answered = this.#session.awaitAnswer();
    const release = dispatcher.budget.take(heldBytesOfFrame(frame));
    // To a session that hears no refusals "busy" is a pause in reading: the command is kept and tried again.
    const holdLater = (): boolean => !this.#session.hearsRefusals;
    // An id that was made here is one that the client does not keep: its next try is a new message.
    const comesBack = frame.header('client-message-id') !== undefined;
    dispatcher
      .submit(this.#session.id, command, { holdLater, comesBack })
      .then((reply) => this.#answer(frame, command, reply, about))
      .catch((cause: unknown) => this.#session.refuse(this.#deps.asRefusal(cause), about))
      // Those who wait for room come before the next of this session.
      .finally(() => {
        release();
        answered();
      });
  }

  #answer(frame: StompFrame, command: CommandOf<'message'>, { outcome }: CommandReply, about: Subject): void {
    this.#deps.onAnswered(outcome.status);
    switch (outcome.status) {
      case 'logged':
        this.#deps.onLogged(command.room, command.actor.id, outcome.seq);
        this.#session.receipt(frame, { seq: outcome.seq, 'client-message-id': command.cmid });
        return;
      case 'noop':
        this.#session.receipt(frame, { 'client-message-id': command.cmid });
        return;
      case 'refused':
        this.#session.refuse(new ChatError(outcome.code), about);
        return;
      case 'later':
        this.#session.refuse(new ChatError(outcome.code, undefined, { retryAfterMs: outcome.retryAfterMs }), about);
    }
  }
}
