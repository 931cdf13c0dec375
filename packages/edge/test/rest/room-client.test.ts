import { describe, expect, it } from 'vitest';
import { lastValueFrom } from 'rxjs';
import { asClientMessageId, asRoomId, asSeq, asUserId, ChatError, REST_REPLY_DEADLINE_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import type { CommandDispatcher, CommandReply } from '../../src/inbound/command-dispatcher.js';
import { InboundBudget } from '../../src/inbound/inbound-budget.js';
import { CommandCaller, type CommandRequest } from '../../src/rest/command-caller.js';
import { RoomClient } from '../../src/rest/room-client.js';
import { KEY } from './harness.js';

const request: CommandRequest<'leave'> = {
  kind: 'leave',
  room: asRoomId('r1'),
  actor: { id: asUserId('minji'), name: '민지', role: 'buyer', shop: null },
  cmid: asClientMessageId('c1'),
  body: {},
};

const clientOver = (submit: CommandDispatcher['submit']): { client: RoomClient; runtime: ManualRuntime } => {
  const runtime = new ManualRuntime();
  const dispatcher: CommandDispatcher = {
    budget: new InboundBudget(),
    submit,
    watch: () => Promise.reject(new ChatError('unavailable')),
    putOff: () => undefined,
    endSession: () => undefined,
  };
  return { client: new RoomClient(new CommandCaller(dispatcher, KEY, runtime)), runtime };
};

describe('[P14] the client of rooms', () => {
  it('[P14] sends the command to the inbox once, and gives its outcome', async () => {
    const sent: string[] = [];
    const logged: CommandReply = { outcome: { status: 'logged', seq: asSeq(7), kind: 'left' }, repeated: false };
    const { client } = clientOver((_, { kind, room, cmid }) => {
      sent.push(`${kind} ${room} ${cmid}`);
      return Promise.resolve(logged);
    });
    expect(await client.request(request)).toEqual(logged.outcome);
    expect(sent).toEqual(['leave r1 c1']);
  });

  it('[P14, H7] throws what the room refused, as it was', async () => {
    const { client } = clientOver(() =>
      Promise.resolve({ outcome: { status: 'refused', code: 'CHAT_10' }, repeated: false }),
    );
    await expect(client.request(request)).rejects.toMatchObject({ code: 'CHAT_10' });
  });

  it('[P14, H7] has a deadline, which names the id to retry with', async () => {
    const { client, runtime } = clientOver(() => new Promise(() => undefined));
    const answer = expect(client.request(request)).rejects.toMatchObject({
      code: 'outcome-unknown',
      facts: { clientMessageId: 'c1' },
    });
    await runtime.settle();
    await runtime.advance(REST_REPLY_DEADLINE_MS);
    await answer;
  });

  it('[P14] has no events: a command without an outcome is none', async () => {
    const { client } = clientOver(() => Promise.reject(new ChatError('unavailable')));
    await expect(lastValueFrom(client.emit('joined', {}))).rejects.toThrow(/not events/);
  });
});
