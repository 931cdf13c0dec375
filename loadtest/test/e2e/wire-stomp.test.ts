/** The STOMP interface of the started product, row by row: connecting, heart-beats, tokens, endings. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ERRORS } from '@munova/contracts';
import { frameText, type RawFrame } from '../../driver/raw-link.js';
import { until } from '../../driver/wait.js';
import { refusalIn, type WireClient } from '../../driver/wire-client.js';
import { say, WireShop } from '../../driver/wire-shop.js';

const { version } = JSON.parse(
  readFileSync(new URL('../../../packages/munova/package.json', import.meta.url), 'utf8'),
) as {
  version: string;
};
vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
let beats: NodeJS.Timeout;
let heartbeats: Promise<WireClient>;
let beating: WireClient;
let silence: Promise<{ readonly error: RawFrame; readonly code: number | null }>;
const seen = <T>(promise: Promise<T>): Promise<T> => {
  // Judged by the test that awaits it, which comes later.
  promise.catch(() => undefined);
  return promise;
};

beforeAll(async () => {
  shop = await WireShop.open();
  // What takes as long as its limits does so beside everything else.
  heartbeats = seen(hearTwoHeartbeats());
  beating = await shop.ws();
  await beating.connect(shop.token(shop.fresh('beating')), { 'heart-beat': '1000,0' });
  beats = setInterval(() => {
    beating.write('\n');
  }, 1_000);
  silence = seen(fallSilent());
}, 60_000);
afterAll(async () => {
  clearInterval(beats);
  await shop.close();
});

/** Wants a heart-beat every second, promises none. */
const hearTwoHeartbeats = async (): Promise<WireClient> => {
  const client = await shop.ws();
  await client.connect(shop.token(shop.fresh('quiet')), { 'heart-beat': '0,1000' });
  await until('two heart-beats', 25_000, () => client.messages.filter(({ text }) => text === '\n').length >= 2);
  return client;
};
/** Promises a heart-beat every second and sends none. */
const fallSilent = async (): Promise<{ error: RawFrame; code: number | null }> => {
  const client = await shop.ws();
  await client.connect(shop.token(shop.fresh('silent')), { 'heart-beat': '1000,0' });
  const { code } = await client.end(30_000);
  const error = client.frames.at(-1);
  if (error === undefined) throw new Error('nothing was said');
  return { error, code };
};
const connected = async (headers: Record<string, string>): Promise<RawFrame> => {
  const client = await shop.tcp();
  const frame = await client.connect(shop.token(shop.fresh('u')), headers);
  client.close();
  return frame;
};
describe('CONNECT', () => {
  it('[E1] CONNECTED carries its six headers and nothing else', async () => {
    const client = await shop.tcp();
    const user = shop.fresh('u');
    const { command, headers, body } = await client.connect(shop.token(user));
    expect(command).toBe('CONNECTED');
    expect(Object.keys(headers).sort()).toEqual(
      ['version', 'session', 'server', 'heart-beat', 'user-name', 'generation'].sort(),
    );
    expect(headers).toMatchObject({ version: '1.2', server: `munova/${version}`, 'user-name': user });
    expect(headers['heart-beat']).toMatch(/^\d+,\d+$/);
    for (const promised of (headers['heart-beat'] ?? '').split(','))
      expect(Number(promised)).toBeGreaterThanOrEqual(5_000);
    expect(headers['session']).not.toBe('');
    expect(headers['generation']).not.toBe('');
    expect(body).toBe('');
  });

  it.each([
    ['1.0', '1.0'],
    ['1.1', '1.1'],
    ['1.2', '1.2'],
    ['1.2,1.0', '1.2'],
    ['1.0,1.1', '1.1'],
    ['1.1,9.9', '1.1'],
  ])('[E1, F17] accept-version %s speaks %s', async (offered, spoken) => {
    expect((await connected({ 'accept-version': offered })).headers['version']).toBe(spoken);
  });

  it('[E1, F17] STOMP connects like CONNECT, and speaks 1.0 where no version is named', async () => {
    const client = await shop.tcp();
    client.write(`STOMP\nhost:munova\npasscode:${shop.token(shop.fresh('u'))}\n\n\0`);
    const { command, headers } = await client.next('CONNECTED', () => true);
    expect([command, headers['version']]).toEqual(['CONNECTED', '1.0']);
  });

  it('[E1] without a common version it is version-unsupported, and 4008', async () => {
    const client = await shop.ws();
    const { command, headers } = await client.connect(shop.token(shop.fresh('u')), { 'accept-version': '2.0' });
    expect([command, headers['code']]).toEqual(['ERROR', 'version-unsupported']);
    expect((await client.end()).code).toBe(4008);
  });

  it('[E4] a bearer token in Authorization serves as well as a passcode', async () => {
    const client = await shop.tcp();
    const user = shop.fresh('u');
    const { headers } = await client.connect(null, { Authorization: `Bearer ${shop.token(user)}` });
    expect(headers['user-name']).toBe(user);
  });

  it('[E10] CONNECT with a receipt gets one behind CONNECTED', async () => {
    const client = await shop.tcp();
    await client.connect(shop.token(shop.fresh('u')), { receipt: 'c-1' });
    await client.next('the receipt', ({ headers }) => headers['receipt-id'] === 'c-1');
    expect(client.frames.map(({ command }) => command)).toEqual(['CONNECTED', 'RECEIPT']);
  });

  it('[E3] a second CONNECT is a protocol-error, and 4008', async () => {
    const client = await shop.deafPerson(shop.fresh('u'));
    client.send('CONNECT', { 'accept-version': '1.2', passcode: shop.token(shop.fresh('u')) });
    expect((await client.end()).code).toBe(4008);
    expect(client.frames.at(-1)).toMatchObject({ command: 'ERROR', headers: { code: 'protocol-error' } });
  });

  it('[E3] an unknown command is a protocol-error even to who hears refusals, and 4008', async () => {
    const client = await shop.webPerson(shop.fresh('u'));
    const error = await client.ask('SHOUT', {});
    expect(error).toMatchObject({ command: 'ERROR', headers: { code: 'protocol-error', 'receipt-id': 'ask-2' } });
    expect((await client.end()).code).toBe(4008);
  });

  it('[E18] the 21st session of a user is rate-limited, and 4029; the others live on', async () => {
    const user = shop.fresh('many');
    const first = await Promise.all(Array.from({ length: 20 }, () => shop.person(user)));
    const one = await shop.ws();
    const refused = await one.connect(shop.token(user));
    expect(refused).toMatchObject({ command: 'ERROR', headers: { code: 'rate-limited' } });
    expect((await one.end()).code).toBe(4029);
    expect(first.filter(({ ended }) => ended === null)).toHaveLength(20);
    first[0]?.close();
    await until('a place is free again', 5_000, async () => {
      const again = await shop.ws();
      return (await again.connect(shop.token(user))).command === 'CONNECTED';
    });
  });
});

describe('heart-beats', () => {
  it('[E12, F18] a header that is not two numbers is a protocol-error', async () => {
    for (const header of ['1000', 'a,b', '-1,0', '1000,1000,1000']) {
      const { command, headers } = await connected({ 'heart-beat': header });
      expect([header, command, headers['code']]).toEqual([header, 'ERROR', 'protocol-error']);
    }
  });

  it('[E12] come as agreed to who wants them', { timeout: 40_000 }, async () => {
    const client = await heartbeats;
    expect(client.ended).toBeNull();
    expect(client.frames.map(({ command }) => command)).toEqual(['CONNECTED']);
  });

  it('[E12] a client silent for twice what it promised is closed with 4008', { timeout: 40_000 }, async () => {
    const { error, code } = await silence;
    expect(error).toMatchObject({ command: 'ERROR', headers: { code: 'protocol-error' } });
    expect(code).toBe(4008);
    // One that keeps its promise, and began before, lives.
    expect(beating.ended).toBeNull();
  });
});

describe('tokens that end', () => {
  it('[E6] at expiry the session ends with session-expired and 4010', { timeout: 20_000 }, async () => {
    const client = await shop.ws();
    await client.connect(shop.token(shop.fresh('u'), 2_000));
    expect((await client.end()).code).toBe(4010);
    expect(client.frames.at(-1)).toMatchObject({ command: 'ERROR', headers: { code: 'session-expired' } });
  });

  it('[E6] a fresh token of the same user prolongs the session', { timeout: 20_000 }, async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const [prolonged, plain] = [await shop.ws(), await shop.ws()];
    const short = shop.token(user, 2_000);
    await Promise.all([prolonged.connect(short), plain.connect(short)]);
    const answer = await prolonged.ask('SEND', { destination: '/user/session/token' }, shop.token(user));
    expect(answer.command).toBe('RECEIPT');
    expect((await plain.end()).code).toBe(4010);
    expect((await say(prolonged, room, '아직 있어요')).command).toBe('RECEIPT');
  });

  it('[E6] a token of another user, or none, on /user/session/token is unauthenticated, and 4001', async () => {
    for (const token of [shop.token(shop.fresh('other')), 'nonsense', '']) {
      const client = await shop.webPerson(shop.fresh('u'));
      const answer = await client.ask('SEND', { destination: '/user/session/token' }, token);
      expect(answer).toMatchObject({ command: 'ERROR', headers: { code: 'unauthenticated' } });
      expect((await client.end()).code).toBe(4001);
    }
  });
});

describe('endings', () => {
  it('[E8] DISCONNECT finishes what was sent, then its receipt, then closes with 1000', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.deafPerson(user);
    const sends = Array.from({ length: 50 }, (_, i) =>
      frameText(
        'SEND',
        { destination: `/rooms/${room}/messages`, receipt: `r-${String(i)}` },
        '{"type":"TEXT","content":"끝"}',
      ),
    );
    client.write([...sends, frameText('DISCONNECT', { receipt: 'bye' })].join(''));
    expect((await client.end()).code).toBe(1000);
    const receipts = client.frames.slice(1).map(({ command, headers }) => `${command} ${headers['receipt-id'] ?? ''}`);
    expect(receipts).toEqual([...sends.map((_, i) => `RECEIPT r-${String(i)}`), 'RECEIPT bye']);
  });

  it('[E8] over TCP the receipt is followed by the end of the stream', async () => {
    const client = await shop.person(shop.fresh('u'));
    expect((await client.ask('DISCONNECT', {})).command).toBe('RECEIPT');
    expect(await client.end()).toEqual({ code: null, reason: 'end' });
  });

  it.each(['BEGIN', 'COMMIT', 'ABORT'])('[E9] %s is transactions-unsupported, and 4008', async (command) => {
    const client = await shop.webPerson(shop.fresh('u'));
    const answer = await client.ask(command, { transaction: 't' });
    expect(answer).toMatchObject({ command: 'ERROR', headers: { code: 'transactions-unsupported' } });
    expect((await client.end()).code).toBe(4008);
  });

  it.each(['SEND', 'ACK', 'NACK'])('[E9] %s with a transaction header is transactions-unsupported', async (command) => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.webPerson(user);
    const headers = { destination: `/rooms/${room}/messages`, id: 'x', transaction: 't' };
    const answer = await client.ask(command, headers, '{"type":"TEXT","content":"안"}');
    expect(answer).toMatchObject({ command: 'ERROR', headers: { code: 'transactions-unsupported' } });
    expect((await client.end()).code).toBe(4008);
  });

  it('[E11] a refusal to who does not hear them is an ERROR that says message, code and receipt', async () => {
    const client = await shop.deafPerson(shop.fresh('u'));
    const { command, headers } = await client.ask(
      'SEND',
      { destination: '/rooms/none/messages' },
      '{"type":"TEXT","content":"안"}',
    );
    expect(command).toBe('ERROR');
    expect(headers).toMatchObject({ message: ERRORS.CHAT_01.en, code: 'CHAT_01', 'receipt-id': 'ask-1' });
    expect((await client.end()).code).toBe(4008);
  });

  it('[E11] a refusal that is heard has all its fields, null where they do not apply', async () => {
    const client = await shop.person(shop.fresh('u'));
    const destination = '/rooms/none/messages';
    const refusal = await client.ask(
      'SEND',
      { destination, 'client-message-id': 'm-1' },
      '{"type":"TEXT","content":"안"}',
    );
    expect(refusal.headers).toMatchObject({
      destination: '/user/queue/errors',
      subscription: 'err',
      'content-type': 'application/json',
    });
    expect(refusalIn(refusal)).toMatchObject({
      code: 'CHAT_01',
      message: ERRORS.CHAT_01.en,
      retry: 'never',
      retryAfterMs: null,
      destination,
      clientMessageId: 'm-1',
      receipt: 'ask-2',
    });
    const other = refusalIn(await client.ask('UNSUBSCRIBE', { id: 'nothing' }));
    expect(other).toMatchObject({
      code: 'unknown-subscription',
      destination: null,
      clientMessageId: null,
      retryAfterMs: null,
    });
    expect(client.ended).toBeNull();
  });

  it('[E11] who unsubscribed from refusals hears them no more: the next one is fatal', async () => {
    const client = await shop.webPerson(shop.fresh('u'));
    expect((await client.ask('UNSUBSCRIBE', { id: 'err' })).command).toBe('RECEIPT');
    const answer = await client.ask('SEND', { destination: '/nowhere' });
    expect(answer).toMatchObject({ command: 'ERROR', headers: { code: 'unknown-destination' } });
    expect((await client.end()).code).toBe(4008);
  });

  it('[E11] accept-language: ko gives Korean texts', async () => {
    const client = await shop.person(shop.fresh('u'), { 'accept-language': 'ko' });
    const refusal = await client.ask('SUBSCRIBE', { destination: '/rooms/none', id: 's' });
    expect(refusalIn(refusal)).toMatchObject({ code: 'CHAT_01', message: ERRORS.CHAT_01.ko });
  });
});

describe('a restart', () => {
  it('[E19, O6] answers what was sent, then closes with 1012 and a delay in the reason', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const [web, tcp] = [await shop.webPerson(user), await shop.person(user)];
    for (let i = 0; i < 20; i += 1) {
      const headers = { destination: `/rooms/${room}/messages`, receipt: `r-${String(i)}` };
      web.send('SEND', headers, '{"type":"TEXT","content":"안"}');
    }
    await web.next('the first receipt', ({ headers }) => headers['receipt-id'] === 'r-0');
    const exit = shop.product.end('SIGTERM');
    const { code, reason } = await web.end();
    expect(code).toBe(1012);
    expect(reason).toMatch(/\d+ ms/);
    expect((await tcp.end()).reason).toBe('end');
    expect(tcp.frames.at(-1)).toMatchObject({ command: 'ERROR', headers: { code: 'unavailable' } });
    const receipts = web.frames.filter(({ command }) => command === 'RECEIPT').slice(1);
    expect(receipts.map(({ headers }) => headers['receipt-id'])).toEqual(receipts.map((_, i) => `r-${String(i)}`));
    expect(await exit).toBe(0);
  });
});
