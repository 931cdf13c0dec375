/** What the started product answers to bad input and bad manners, while two bystanders chat on. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameText, type RawFrame } from '../../driver/raw-link.js';
import { until } from '../../driver/wait.js';
import { Bystander } from '../../driver/wire-bystander.js';
import { type EntryBody, refusalIn, type WireClient, type WireEnd } from '../../driver/wire-client.js';
import { say, WireShop } from '../../driver/wire-shop.js';
import { badTokens } from '../../driver/wire-tokens.js';

interface Ending {
  readonly client: WireClient;
  readonly last: RawFrame | undefined;
  readonly end: WireEnd;
}
const LONGEST_MS = 45_000;
/** STOMP connections of the product whose disk and doors are narrow. */
const CONNECTIONS = 4;
const TEXT = '{"type":"TEXT","content":"안녕"}';

vi.setConfig({ testTimeout: 60_000 });
let shop: WireShop;
let narrow: WireShop;
let bystander: Bystander;
/** What takes as long as its limits; begun together, judged one by one. */
let slow: ReturnType<typeof beginSlowStories>;

beforeAll(async () => {
  [shop, narrow] = await Promise.all([
    WireShop.open(),
    WireShop.open({ env: { MUNOVA_MAX_CONNECTIONS: String(CONNECTIONS) } }),
  ]);
  bystander = await Bystander.begin(shop);
  slow = beginSlowStories();
  for (const story of Object.values(slow)) story.catch(() => undefined);
}, 60_000);
afterAll(() => Promise.all([shop.close(), narrow.close()]));

const endOf = async (client: WireClient, limitMs?: number): Promise<Ending> => {
  const end = await client.end(limitMs);
  return { client, last: client.frames.at(-1), end };
};
/** Connected by WebSocket, says this, and is watched until it is thrown out. */
const begun = async (bytes: string): Promise<Ending> => {
  const client = await shop.deafPerson(shop.fresh('u'));
  client.write(bytes);
  return endOf(client, LONGEST_MS);
};
const expectEnd = ({ last, end }: Ending, code: string, close: number): void => {
  expect(last).toMatchObject({ command: 'ERROR', headers: { code } });
  expect(end.code).toBe(close);
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
  deafFlood: deafFlood(),
  hearingFlood: hearingFlood(),
  neverReads: neverReads(),
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

const FLOOD = 4_000;
const flood = async (client: WireClient, user: string): Promise<string> => {
  const room = await shop.group(user);
  for (let i = 0; i < FLOOD; i += 1) {
    const id = `f-${String(i)}`;
    client.send('SEND', { destination: `/rooms/${room}/messages`, receipt: id, 'client-message-id': id }, TEXT);
  }
  return room;
};
/** A moment in which the server does nothing at all, as a busy machine makes them. */
const HICCUP_MS = 200;
const hiccup = (): void => {
  const { pid } = shop.product.ready;
  process.kill(pid, 'SIGSTOP');
  setTimeout(() => process.kill(pid, 'SIGCONT'), HICCUP_MS);
};
const deafFlood = async (): Promise<Ending & { room: string; user: string }> => {
  const user = shop.fresh('flood');
  const client = await shop.deafPerson(user);
  const room = await flood(client, user);
  // Half-way through its patience, which it must not forget for that.
  await until('half of the flood is answered', LONGEST_MS, () => client.frames.length > 950);
  hiccup();
  return { ...(await endOf(client, LONGEST_MS)), room, user };
};
const hearingFlood = async (): Promise<{ client: WireClient; refusal: RawFrame }> => {
  const user = shop.fresh('flood');
  const client = await shop.person(user);
  await flood(client, user);
  const refusal = await client.next(
    'a refusal',
    ({ headers }) => headers['destination'] === '/user/queue/errors',
    0,
    LONGEST_MS,
  );
  return { client, refusal };
};

const COPIES = 60;
const WORDS = 25;
const neverReads = async (): Promise<Ending & { fellow: WireClient }> => {
  const [owner, lazy] = [shop.fresh('owner'), shop.fresh('lazy')];
  const room = await shop.group(owner, [lazy]);
  const [speaker, fellow, client] = [await shop.person(owner), await shop.person(owner), await shop.webPerson(lazy)];
  await fellow.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's' });
  for (let i = 0; i < COPIES; i += 1) {
    await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: `s-${String(i)}` });
  }
  client.wire.pause();
  for (let i = 0; i < WORDS; i += 1) expect((await say(speaker, room, '👟'.repeat(4_000))).command).toBe('RECEIPT');
  await until('the slow consumer is given up', LONGEST_MS, async () => {
    const metrics = await fetch(`${shop.product.ready.http}/metrics`);
    const given = /^munova_disconnects_total\{[^}]*code="slow-consumer"[^}]*\} 1$/m.exec(await metrics.text());
    return given !== null;
  });
  client.wire.resume();
  return { ...(await endOf(client)), fellow };
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

describe('bad manners', () => {
  it('[E15] a flood is read more slowly, then rate-limited, and 4029 where refusals are not heard', async () => {
    const { client, room, user, ...ending } = await slow.deafFlood;
    expectEnd({ client, ...ending }, 'rate-limited', 4029);
    const receipts = client.frames.filter(({ command }) => command === 'RECEIPT');
    // 200 at once and 50 a second for 30 s, of which not one was lost or given twice.
    expect(receipts.length).toBeGreaterThan(1_600);
    expect(receipts.length).toBeLessThan(1_800);
    expect(receipts.map(({ headers }) => headers['receipt-id'])).toEqual(receipts.map((_, i) => `f-${String(i)}`));
    const { head } = await shop.data<{ head: number }>('GET', `/api/chat/messages/${room}?limit=1`, { as: user });
    expect(head).toBe(2 + receipts.length);
    await bystander.goesOn();
  });

  it('[E15] who hears refusals is told rate-limited, to be tried later, and stays', async () => {
    const { client, refusal } = await slow.hearingFlood;
    expect(refusalIn(refusal)).toMatchObject({ code: 'rate-limited', retry: 'later' });
    expect(client.ended).toBeNull();
    client.close();
  });

  it('[D11] a client that never reads is a slow-consumer, and 4009; its room goes on', async () => {
    const story = await slow.neverReads;
    expectEnd(story, 'slow-consumer', 4009);
    expect(story.fellow.messagesOf('s')).toHaveLength(WORDS);
    expect(story.fellow.ended).toBeNull();
    await bystander.goesOn();
  });
});

describe('a disk that takes nothing more', () => {
  /** The kernel refuses a file's growth beyond this, to whatever user; every Linux has this command. */
  const LIMITER = 'prlimit';
  const limitFiles = (bytes: string): void => {
    execFileSync(LIMITER, ['--pid', String(narrow.product.ready.pid), `--fsize=${bytes}:unlimited`]);
  };
  const isReady = async (): Promise<number> => (await fetch(`${narrow.product.ready.http}/readyz`)).status;

  it('[S48, S56] refuses writes as unavailable, goes on reading, and recovers by itself', async () => {
    const user = narrow.fresh('u');
    const room = await narrow.group(user);
    const client = await narrow.person(user);
    await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's' });
    expect((await say(client, room, '앞', { 'client-message-id': 'before' })).headers['seq']).toBe('3');
    limitFiles('1');
    try {
      const refused = refusalIn(await say(client, room, '가득', { 'client-message-id': 'full' }));
      expect(refused).toMatchObject({ code: 'unavailable', retry: 'later', clientMessageId: 'full' });
      const body = { type: 'TEXT', content: '가득' };
      const answer = await narrow.call('POST', `/api/chat/messages/${room}`, { as: user, key: 'full-rest', body });
      expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
      expect(await isReady()).toBe(503);
      expect((await fetch(`${narrow.product.ready.http}/healthz`)).status).toBe(200);
      const items = await narrow.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: user });
      expect(items.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      const reader = await narrow.person(user);
      await reader.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's', 'last-seq': '0' });
      await reader.bodiesOf('s', 3);
    } finally {
      limitFiles('unlimited');
    }
    await until('the product is ready again', 20_000, async () => (await isReady()) === 200);
    expect((await say(client, room, '가득', { 'client-message-id': 'full' })).command).toBe('RECEIPT');
    expect((await say(client, room, '앞', { 'client-message-id': 'before' })).headers['seq']).toBe('3');
    const items = await narrow.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: user });
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, i) => i + 1));
    expect(items.filter(({ clientMessageId }) => clientMessageId === 'full')).toHaveLength(1);
    expect((await client.bodiesOf('s', items.length - 2)).map(({ seq }) => seq)).toEqual(
      items.slice(2).map(({ seq }) => seq),
    );
  });
});

describe('more connections than a process has', () => {
  it('[E17] an upgrade is answered 503, a TCP connection busy; who is in stays, and a place comes free', async () => {
    const inside: WireClient[] = [];
    const enter = async (): Promise<RawFrame> => {
      const client = await narrow.tcp();
      inside.push(client);
      return client.connect(narrow.token(narrow.fresh('u')));
    };
    await until('the house is full', 10_000, async () => (await enter()).command === 'ERROR');
    expect(inside.at(-1)?.frames).toMatchObject([{ command: 'ERROR', headers: { code: 'busy' } }]);
    await expect(narrow.ws()).rejects.toThrow('503');
    const open = inside.filter(({ ended }) => ended === null);
    expect(open.length).toBeGreaterThanOrEqual(1);
    expect(open.length).toBeLessThanOrEqual(CONNECTIONS);
    open[0]?.close();
    await until('a place is free', 10_000, async () => (await enter()).command === 'CONNECTED');
  });
});

describe('the bystanders', () => {
  it('[I1, I4, I5] had every word receipted and heard, in order and without a gap', async () => {
    const { receipted, heard } = await bystander.finish();
    expect(receipted.length).toBeGreaterThan(100);
    expect(receipted).toEqual(receipted.map((_, i) => i + 4));
    expect(heard).toEqual(receipted);
  });
});
