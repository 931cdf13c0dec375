/** What the started product answers to input that is wrong, while two bystanders chat on. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameText } from '../../driver/raw-link.js';
import { Bystander } from '../../driver/wire-bystander.js';
import { type EntryBody, refusalIn } from '../../driver/wire-client.js';
import { say, WireShop } from '../../driver/wire-shop.js';
import { badTokens } from '../../driver/wire-tokens.js';
import { endOf, type Ending, expectEnd, expectUnharmed } from './expectations.js';

const LONGEST_MS = 45_000;
const TEXT = '{"type":"TEXT","content":"안녕"}';

vi.setConfig({ testTimeout: 60_000 });
let shop: WireShop;
let bystander: Bystander;
/** What takes as long as its limits; begun together, judged one by one. */
let slow: ReturnType<typeof beginSlowStories>;

beforeAll(async () => {
  shop = await WireShop.open();
  bystander = await Bystander.begin(shop);
  slow = beginSlowStories();
  for (const story of Object.values(slow)) story.catch(() => undefined);
}, 60_000);
afterAll(() => shop.close());

/** Connected by WebSocket, says this, and is watched until it is thrown out. */
const begun = async (bytes: string): Promise<Ending> => {
  const client = await shop.deafPerson(shop.fresh('u'));
  client.write(bytes);
  return endOf(client, LONGEST_MS);
};

const beginSlowStories = () => ({
  silentWs: shop.ws().then((client) => endOf(client)),
  silentTcp: shop.tcp().then((client) => endOf(client)),
  newlines: newlines(),
  halfAConnect: shop.ws().then((client) => {
    client.write('CONNECT\naccept-version:1.2\nhost:mu');
    return endOf(client);
  }),
  endlessHeaders: begun('SEND\ndestination:/rooms/r'),
  endlessBody: begun('SEND\ndestination:/rooms/r/messages\ncontent-length:100\n\n{"type"'),
  drip: drip(),
});
/** Heart-beats are no CONNECT. */
const newlines = async (): Promise<Ending> => {
  const client = await shop.tcp();
  const beat = setInterval(() => {
    client.write('\n');
  }, 200);
  return endOf(client).finally(() => {
    clearInterval(beat);
  });
};
/** A byte now and then keeps a connection, but no frame alive. */
const drip = async (): Promise<Ending> => {
  const client = await shop.deafPerson(shop.fresh('drip'));
  client.write('SEND\n');
  const drop = setInterval(() => {
    client.write('a');
  }, 300);
  return endOf(client, LONGEST_MS).finally(() => {
    clearInterval(drop);
  });
};

describe('before CONNECT', () => {
  it('[E2] a socket without a CONNECT is closed after 5 s with connect-timeout, and 4008', async () => {
    const { silentWs, silentTcp, newlines: beats, halfAConnect } = slow;
    expectEnd(await silentWs, 'connect-timeout', 4008);
    expectEnd(await halfAConnect, 'connect-timeout', 4008);
    for (const { last, end } of [await silentTcp, await beats]) {
      expect(last).toMatchObject({ command: 'ERROR', headers: { code: 'connect-timeout' } });
      expect(end.reason).toBe('end');
    }
    await bystander.goesOn();
  });

  it.each(['SEND', 'SUBSCRIBE', 'ACK', 'DISCONNECT', 'BEGIN', 'HELLO'])(
    '[E3] %s before CONNECT is a protocol-error, and 4008',
    async (command) => {
      const [web, tcp] = [await shop.ws(), await shop.tcp()];
      for (const client of [web, tcp]) client.send(command, { destination: '/rooms/r/messages', id: 's' }, TEXT);
      expectEnd(await endOf(web), 'protocol-error', 4008);
      expect(await endOf(tcp)).toMatchObject({
        last: { command: 'ERROR', headers: { code: 'protocol-error' } },
        end: { reason: 'end' },
      });
    },
  );

  it('[E4] a token that is missing, forged, expired or of alg none is unauthenticated, and 4001', async () => {
    for (const [what, token] of Object.entries(badTokens(shop.secret))) {
      const [web, tcp] = [await shop.ws(), await shop.tcp()];
      for (const client of [web, tcp]) {
        const error = await client.connect(token);
        expect([what, error.command, error.headers['code']]).toEqual([what, 'ERROR', 'unauthenticated']);
      }
      expect([what, (await web.end()).code]).toEqual([what, 4001]);
      expect([what, (await tcp.end()).reason]).toEqual([what, 'end']);
      if (token === null || token === '') continue;
      const answer = await shop.call('GET', '/api/chat/rooms', { headers: { authorization: `Bearer ${token}` } });
      expect([what, answer.status, answer.body.code]).toEqual([what, 401, 'unauthenticated']);
    }
    await bystander.goesOn();
  });
});

describe('frames', () => {
  it('[E13] a frame that does not end within 10 s is a protocol-error, and 4008, dripping or not', async () => {
    for (const story of [slow.endlessHeaders, slow.endlessBody, slow.drip]) {
      expectEnd(await story, 'protocol-error', 4008);
    }
    await bystander.goesOn();
  });

  it.each([
    ['65 headers', `SEND\n${Array.from({ length: 65 }, (_, i) => `h${String(i)}:v`).join('\n')}\n\n\0`],
    ['a header line of more than 16 KiB', `SEND\nlong:${'a'.repeat(17_000)}`],
    ['a body of 64 KiB and a byte', `SEND\ndestination:/rooms/r/messages\n\n${'a'.repeat(65_537)}\0`],
    ['a content-length of 64 KiB and a byte', 'SEND\ndestination:/rooms/r/messages\ncontent-length:65537\n\n'],
  ])('[E13, F10] %s is too-large, and 1009', async (_what, bytes) => {
    expectEnd(await begun(bytes), 'too-large', 1009);
  });

  it.each([
    ['an undefined escape', 'SEND\ndestination:/rooms\\t\n\n\0'],
    ['a header without a colon', 'SEND\ndestination\n\n\0'],
    ['a command in small letters', 'send\ndestination:/rooms/r\n\n\0'],
    ['bytes that are no frame', '\u0001\u0002\u0003'],
    ['a content-length that is none', 'SEND\ndestination:/rooms/r/messages\ncontent-length:-1\n\n\0'],
    ['no NUL behind the body', 'SEND\ndestination:/rooms/r/messages\ncontent-length:2\n\n{}{}\0'],
    ['an HTTP request', 'GET / HTTP/1.1\r\nHost: munova\r\n\r\n'],
  ])('[E13, F1] %s is a protocol-error, and 4008', async (_what, bytes) => {
    expectEnd(await begun(bytes), 'protocol-error', 4008);
  });

  it('[E13] what stands before a broken frame is answered first, and a SEND of it can be tried again', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    const id = { 'client-message-id': 'before' };
    client.write(
      [
        frameText('UNSUBSCRIBE', { id: 'nothing', receipt: 'r-1' }),
        frameText('SUBSCRIBE', { destination: '/user/queue/errors', id: 'err-2', receipt: 'r-2' }),
        frameText('SEND', { destination: `/rooms/${room}/messages`, ...id }, TEXT),
        ' broken\n\n\0',
      ].join('\n'),
    );
    expect((await endOf(client)).last).toMatchObject({ command: 'ERROR', headers: { code: 'protocol-error' } });
    const [refusal, receipt] = client.frames.slice(2);
    expect(refusal === undefined ? null : refusalIn(refusal)).toMatchObject({
      code: 'unknown-subscription',
      receipt: 'r-1',
    });
    expect(receipt?.headers['receipt-id']).toBe('r-2');
    const again = await shop.person(user);
    await say(again, room, '안녕', id);
    const items = await shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: user });
    expect(items.map(({ clientMessageId }) => clientMessageId).slice(2)).toEqual(['before']);
  });

  it('[E20] over TCP the ERROR arrives although much more was under way', async () => {
    const client = await shop.person(shop.fresh('u'));
    client.write(` broken ${'a'.repeat(4 * 1024 * 1024)}`);
    expect(await endOf(client)).toMatchObject({
      last: { command: 'ERROR', headers: { code: 'protocol-error' } },
      end: { reason: 'end' },
    });
  });
});

describe('messages', () => {
  const refusedTo = async (
    body: string,
    destination: string,
    user: string,
    code: string,
    close: number,
  ): Promise<void> => {
    const [hearing, deaf] = [await shop.person(user), await shop.deafPerson(user)];
    expect(refusalIn(await hearing.ask('SEND', { destination }, body)), body.slice(0, 40)).toMatchObject({
      code,
      destination,
    });
    expect((await deaf.ask('SEND', { destination }, body)).headers['code']).toBe(code);
    expect((await deaf.end()).code).toBe(close);
    expect(hearing.ended).toBeNull();
    hearing.close();
  };
  const historyOf = (room: string, as: string): Promise<EntryBody[]> =>
    shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as });

  it('[E5] a forged senderId on the predecessor’s destination is forbidden, and 4003; nothing is sent', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const body = '{"senderId":"somebody-else","messageType":"TEXT","content":"안녕"}';
    await refusedTo(body, `/mpub/chat.sendMessage/${room}`, user, 'forbidden', 4003);
    expect(await historyOf(room, user)).toHaveLength(2);
    await bystander.goesOn();
  });

  it('[R9] someone else’s inquiry answers like a missing room: CHAT_01, and 4008', async () => {
    const inquiry = await shop.inquiry(shop.fresh('buyer'));
    const user = shop.fresh('u');
    for (const room of [inquiry, 'missing']) await refusedTo(TEXT, `/rooms/${room}/messages`, user, 'CHAT_01', 4008);
    const answers = await Promise.all(
      [inquiry, 'missing'].map((room) => shop.call('GET', `/api/chat/rooms/${room}`, { as: user })),
    );
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    expect(answers[0]?.status).toBe(404);
  });

  it('[R17] without membership it is CHAT_03, and 4003', async () => {
    const room = await shop.group(shop.fresh('owner'));
    await refusedTo(TEXT, `/rooms/${room}/messages`, shop.fresh('u'), 'CHAT_03', 4003);
  });

  it('[R17] in a closed room it is CHAT_02, and 4008', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: user });
    await refusedTo(TEXT, `/rooms/${room}/messages`, user, 'CHAT_02', 4008);
    await bystander.goesOn();
  });

  it('[E14] a body that is not JSON or of 4,001 code points is bad-request, and 4008', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    for (const body of ['안녕', '{"type":"TEXT",', JSON.stringify({ type: 'TEXT', content: '👟'.repeat(4_001) })]) {
      await refusedTo(body, `/rooms/${room}/messages`, user, 'bad-request', 4008);
    }
    expect(await historyOf(room, user)).toHaveLength(2);
  });

  it('[R2] the same client-message-id with another body is cmid-conflict, and 4008', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const id = { 'client-message-id': 'one' };
    const [hearing, deaf] = [await shop.person(user), await shop.deafPerson(user)];
    await say(hearing, room, '처음', id);
    expect(refusalIn(await say(hearing, room, '다른 말', id)).code).toBe('cmid-conflict');
    expect((await say(deaf, room, '다른 말', id)).headers['code']).toBe('cmid-conflict');
    expect((await deaf.end()).code).toBe(4008);
    expect((await historyOf(room, user)).map(({ content }) => content)).toEqual([null, null, '처음']);
    await bystander.goesOn();
  });
});

describe('the bystanders', () => {
  it('[I1, I4, I5] had every word receipted and heard, in order and without a gap', async () => {
    await expectUnharmed(bystander);
  });
});
