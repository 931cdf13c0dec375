import { describe, expect, it } from 'vitest';
import {
  asRoomId,
  asSeq,
  asUserId,
  bodyHashOf,
  ChatError,
  MAX_REST_COMMANDS_IN_FLIGHT,
  REST_CLOSE_GRACE_MS,
  REST_REPLY_DEADLINE_MS,
} from '@munova/contracts';
import type { Actor, Command, SessionId } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import type { CommandDispatcher, CommandReply } from '../../src/inbound/command-dispatcher.js';
import { InboundBudget } from '../../src/inbound/inbound-budget.js';
import { CommandCaller } from '../../src/rest/command-caller.js';
import { KEY, startHarness } from './harness.js';
import { keyed } from './people.js';

/** Answers when the test says so, and writes down what it was asked. */
class ScriptedDispatcher implements CommandDispatcher {
  readonly submitted: { readonly session: SessionId; readonly command: Command }[] = [];
  readonly ended: SessionId[] = [];
  readonly budget: InboundBudget;
  readonly #reply: () => Promise<CommandReply>;

  constructor(reply: () => Promise<CommandReply>, budget = new InboundBudget()) {
    this.#reply = reply;
    this.budget = budget;
  }

  submit(session: SessionId, command: Command): Promise<CommandReply> {
    this.submitted.push({ session, command });
    return this.#reply();
  }

  watch(): never {
    throw new Error('REST watches nothing');
  }

  putOff(): void {
    throw new Error('a REST call is a session of its own');
  }

  endSession(session: SessionId): void {
    this.ended.push(session);
  }
}

const never = (): Promise<CommandReply> => new Promise(() => undefined);
const actor: Actor = { id: asUserId('minji'), name: '민지', role: 'buyer', shop: null };
const request = {
  kind: 'message',
  room: asRoomId('room-1'),
  actor,
  cmid: 'm-1' as Command['cmid'],
  body: { type: 'TEXT', content: 'a' },
} as const;

describe('[H7] commands of REST calls', () => {
  it('are each a session of their own, which ends with the call', async () => {
    const dispatcher = new ScriptedDispatcher(() =>
      Promise.resolve({ outcome: { status: 'logged', seq: asSeq(3), kind: 'message' }, repeated: false }),
    );
    const caller = new CommandCaller(dispatcher, KEY, new ManualRuntime());
    expect(await caller.call(request)).toEqual({ status: 'logged', seq: 3, kind: 'message' });
    await caller.call(request);
    const sessions = dispatcher.submitted.map(({ session }) => session);
    expect(new Set(sessions).size).toBe(2);
    expect(dispatcher.ended).toEqual(sessions);
    const { command } = dispatcher.submitted[0] ?? {};
    expect(command).toEqual({ ...request, bodyHash: bodyHashOf(KEY, 'message', request.body) });
  });

  it('are outcome-unknown, with the id to retry with, when no answer comes in time', async () => {
    const runtime = new ManualRuntime();
    const dispatcher = new ScriptedDispatcher(never);
    const caller = new CommandCaller(dispatcher, KEY, runtime);
    let failure: unknown = null;
    const call = caller.call(request).catch((error: unknown) => (failure = error));
    await runtime.advance(REST_REPLY_DEADLINE_MS - 1);
    expect(failure).toBeNull();
    await runtime.advance(1);
    await call;
    expect(failure).toMatchObject({ code: 'outcome-unknown', facts: { clientMessageId: 'm-1' } });
    expect(dispatcher.ended).toHaveLength(1);
  });

  it('leave no timer behind when they are answered', async () => {
    const runtime = new ManualRuntime();
    const refuse = new ScriptedDispatcher(() => Promise.reject(new ChatError('busy')));
    await expect(new CommandCaller(refuse, KEY, runtime).call(request)).rejects.toMatchObject({ code: 'busy' });
    await runtime.settle();
    expect(runtime.pendingTimers).toBe(0);
  });

  it('are busy beyond a number that wait, and go on when one was answered', async () => {
    const runtime = new ManualRuntime();
    const waiting: ((reply: CommandReply) => void)[] = [];
    const caller = new CommandCaller(new ScriptedDispatcher(() => new Promise((r) => waiting.push(r))), KEY, runtime);
    const calls = Array.from({ length: MAX_REST_COMMANDS_IN_FLIGHT }, () => caller.call(request));
    await expect(caller.call(request)).rejects.toMatchObject({ code: 'busy' });
    for (const resolve of waiting) resolve({ outcome: { status: 'noop' }, repeated: false });
    await Promise.all(calls);
    const after = caller.call(request);
    waiting.at(-1)?.({ outcome: { status: 'noop' }, repeated: false });
    expect(await after).toEqual({ status: 'noop' });
  });

  it('[E30] are busy while the edge holds all it may, and while sessions wait for room', async () => {
    const runtime = new ManualRuntime();
    const budget = new InboundBudget(2_100);
    const waiting: ((reply: CommandReply) => void)[] = [];
    const caller = new CommandCaller(
      new ScriptedDispatcher(() => new Promise((r) => waiting.push(r)), budget),
      KEY,
      runtime,
    );
    const calls = [caller.call(request), caller.call(request)];
    await expect(caller.call(request)).rejects.toMatchObject({ code: 'busy', facts: { retryAfterMs: 1_000 } });
    const waiter = (): void => undefined;
    expect(budget.admits(2_100, waiter)).toBe(false);
    waiting[0]?.({ outcome: { status: 'noop' }, repeated: false });
    await calls[0];
    await expect(caller.call(request)).rejects.toMatchObject({ code: 'busy' });
    budget.forget(waiter);
    const after = caller.call(request);
    for (const resolve of waiting) resolve({ outcome: { status: 'noop' }, repeated: false });
    expect(await after).toEqual({ status: 'noop' });
    await calls[1];
  });

  it('answer 504 and 503 over HTTP, with Retry-After where a wait is known', async () => {
    let reply = (): Promise<CommandReply> => Promise.reject(new ChatError('outcome-unknown'));
    const api = await startHarness({ dispatcher: () => new ScriptedDispatcher(() => reply()) });
    const send = () => api.call('POST /api/chat/messages/room-1', { body: { content: 'a' }, ...keyed('m-7') });
    try {
      const unknown = await send();
      expect(unknown).toMatchObject({ status: 504, code: 'outcome-unknown', data: { clientMessageId: 'm-7' } });
      reply = () =>
        Promise.resolve({ outcome: { status: 'later', code: 'busy', retryAfterMs: 1_500 }, repeated: false });
      const busy = await send();
      expect(busy).toMatchObject({ status: 503, code: 'busy' });
      expect(busy.headers.get('retry-after')).toBe('2');
      reply = () => Promise.resolve({ outcome: { status: 'refused', code: 'CHAT_02' }, repeated: true });
      expect(await send()).toMatchObject({ status: 409, code: 'CHAT_02' });
    } finally {
      await api.close();
    }
  });
});

describe('[H32] closing', () => {
  const closing = async () => {
    const runtime = new ManualRuntime();
    const waiting: ((reply: CommandReply) => void)[] = [];
    const dispatcher = new ScriptedDispatcher(() => new Promise((resolve) => waiting.push(resolve)));
    const api = await startHarness({ dispatcher: () => dispatcher, runtime });
    const call = api
      .call('POST /api/chat/messages/room-1', { body: { content: 'a' } })
      .catch((error: unknown) => error);
    await expect.poll(() => waiting.length).toBe(1);
    const closed = api.api.close();
    return { runtime, waiting, api, call, closed };
  };

  it('waits for the answers under way', async () => {
    const { waiting, call, closed, api } = await closing();
    await expect
      .poll(() =>
        fetch(`${api.url}/healthz`).then(
          (r) => r.status,
          () => 'refused',
        ),
      )
      .not.toBe(200);
    waiting[0]?.({ outcome: { status: 'logged', seq: asSeq(3), kind: 'message' }, repeated: false });
    expect(await call).toMatchObject({ status: 201, data: { seq: 3 } });
    await closed;
    await api.views.close();
  });

  it('but not for ever', async () => {
    const { runtime, call, closed, api } = await closing();
    await runtime.advance(REST_CLOSE_GRACE_MS);
    expect(await call).toBeInstanceOf(TypeError);
    await closed;
    await api.views.close();
  });
});
