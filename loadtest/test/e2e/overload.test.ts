/** How the started product bears too much: floods, deaf ears, a full disk, a full house; two bystanders chat on. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import { until } from '../../driver/wait.js';
import { Bystander } from '../../driver/wire-bystander.js';
import { type EntryBody, refusalIn, type WireClient } from '../../driver/wire-client.js';
import { say, WireShop } from '../../driver/wire-shop.js';
import { endOf, type Ending, expectEnd, expectUnharmed } from './expectations.js';

const LONGEST_MS = 45_000;
/** STOMP connections of the product whose disk and doors are narrow. */
const CONNECTIONS = 4;

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

const beginSlowStories = () => ({ deafFlood: deafFlood(), hearingFlood: hearingFlood(), neverReads: neverReads() });

const FLOOD = 4_000;
const flood = async (client: WireClient, user: string): Promise<string> => {
  const room = await shop.group(user);
  for (let i = 0; i < FLOOD; i += 1) {
    const id = `f-${String(i)}`;
    client.send(
      'SEND',
      { destination: `/rooms/${room}/messages`, receipt: id, 'client-message-id': id },
      '{"type":"TEXT","content":"안녕"}',
    );
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
const deafFlood = async (): Promise<Ending & { client: WireClient; room: string; user: string }> => {
  const user = shop.fresh('flood');
  const client = await shop.deafPerson(user);
  const room = await flood(client, user);
  // Half-way through its patience, which it must not forget for that.
  await until('half of the flood is answered', LONGEST_MS, () => client.frames.length > 950);
  hiccup();
  return { ...(await endOf(client, LONGEST_MS)), client, room, user };
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

describe('bad manners', () => {
  it('[E15] a flood is read more slowly, then rate-limited, and 4029 where refusals are not heard', async () => {
    const { client, room, user, ...ending } = await slow.deafFlood;
    expectEnd(ending, 'rate-limited', 4029);
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

  it('[S48] refuses writes as unavailable, goes on reading, and recovers by itself', async () => {
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
    await expectUnharmed(bystander);
  });
});
