/** Bad days of the logs: an entry that this version does not know, and a client that repeats everything it ever said. */
import type { Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster } from '../../driver/cluster.js';
import { until } from '../../driver/wait.js';
import { refusalIn, type WireClient } from '../../driver/wire-client.js';
import { say, subscribe } from '../../driver/wire-shop.js';
import { callAs, databaseOf, groupOf, historyOf, personAt, sharedServers } from './place.js';

const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const MINJI = { sub: 'minji', name: '민지' };
const JUN = { sub: 'jun', name: '준' };
const REPEATS = 1_000;
const REFUSED = 50;
const FREE = '1000000/1000000';

interface StoredEntry {
  readonly _id: string;
  readonly room: string;
  readonly seq?: number;
}

let cluster: Cluster;
let mongo: MongoClient;
let messages: Collection<StoredEntry>;
beforeAll(async () => {
  const options = { ...(await sharedServers()), edges: 1, actors: 1, env: { MUNOVA_RATE_SENDS: FREE } };
  cluster = await Cluster.start(options);
  const { client, db } = await databaseOf(cluster);
  mongo = client;
  messages = db.collection('messages');
}, SERVERS_TIMEOUT_MS);
afterAll(async () => {
  await mongo.close();
  await cluster.destroy();
});

describe('[P25] an entry of a kind that this version does not know', () => {
  const ALIEN = 'alien-entry';
  /** As a later version might write it, behind the room's end. */
  const plant = async (room: string): Promise<number> => {
    const last = (await historyOf(cluster, MINJI, room)).at(-1);
    if (last === undefined) throw new Error('the room has a first entry');
    const found = await messages.findOne({ room, seq: last.seq });
    if (found === null) throw new Error('and the store has the last one');
    const entry = { ...found, _id: ALIEN, seq: last.seq + 1, kind: 'pinned', cmid: 'alien', data: { targetSeq: 1 } };
    await messages.insertOne(entry);
    return entry.seq;
  };

  it('[P25, R23] is shown to readers, stops its room with `unavailable` and no other, and lets it go on once it is known', async () => {
    const room = await groupOf(cluster, MINJI);
    const other = await groupOf(cluster, MINJI);
    const [client, listener] = [await personAt(cluster, MINJI), await personAt(cluster, MINJI)];
    await subscribe(listener, room);
    expect(await say(client, room, 'known')).toMatchObject({ command: 'RECEIPT' });
    const seq = await plant(room);

    const send = await say(client, room, 'behind it', { 'client-message-id': 'behind' });
    expect(refusalIn(send)).toMatchObject({ code: 'unavailable', retry: 'later', clientMessageId: 'behind' });
    expect(refusalIn(await subscribe(client, room))).toMatchObject({ code: 'unavailable' });
    expect(await say(client, other, 'elsewhere')).toMatchObject({ command: 'RECEIPT' });
    const page = await historyOf(cluster, MINJI, room);
    expect(page.map((entry) => entry.seq)).toEqual(page.map((_, i) => i + 1));
    expect(page.at(-1)).toMatchObject({ seq, kind: 'pinned', data: null });
    expect(await callAs(cluster, MINJI, 'GET', `/api/chat/rooms/${room}`)).toMatchObject({ roomId: room });
    expect(cluster.members.map(({ running }) => running)).toEqual([true, true]);
    expect(cluster.member('actors-1').log).toContain('holds an entry of the unknown kind pinned');

    // As if a version that knows it had come.
    await messages.updateOne({ _id: ALIEN }, { $set: { kind: 'message', data: null }, $inc: { n: 1 } });
    const again = await say(client, room, 'behind it', { 'client-message-id': 'behind' });
    expect(again).toMatchObject({ command: 'RECEIPT', headers: { seq: String(seq + 1) } });
    const heard = await listener.bodiesOf('s', 3);
    expect(heard.map((entry) => [entry.seq, entry.kind])).toEqual([seq - 1, seq, seq + 1].map((at) => [at, 'message']));
  });
});

describe('[P26] a client that repeats a thousand old ids', () => {
  /** Seqs and codes by id. */
  type Answers = Map<string, string>;

  const sayAll = async (client: WireClient, room: string, ids: readonly string[]): Promise<Answers> => {
    const from = client.frames.length;
    for (const id of ids) {
      const headers = { destination: `/rooms/${room}/messages`, 'client-message-id': id, receipt: id };
      client.send('SEND', headers, JSON.stringify({ type: 'TEXT', content: `내용 ${id}` }));
    }
    await until('an answer to each', LIMIT_MS, () => client.frames.length >= from + ids.length);
    return new Map(
      client.frames.slice(from).map((frame) => {
        if (frame.command === 'RECEIPT')
          return [frame.headers['receipt-id'] ?? '', `seq ${frame.headers['seq'] ?? ''}`];
        const { receipt, code, retry } = refusalIn(frame);
        return [receipt ?? '', `${code} ${retry}`];
      }),
    );
  };
  const idsOf = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}-${String(i)}`);

  it('[P26, I12, R1] hears the first outcome of each, receipts and refusals, and others are served meanwhile', async () => {
    const room = await groupOf(cluster, MINJI);
    const other = await groupOf(cluster, JUN);
    const client = await personAt(cluster, MINJI);
    const ids = idsOf('said', REPEATS);
    const refused = idsOf('refused', REFUSED);
    const receipts = await sayAll(client, room, ids);
    expect([...receipts.values()]).toEqual(ids.map((_, i) => `seq ${String(i + 3)}`));
    await callAs(cluster, MINJI, 'PATCH', `/api/chat/group/close/${room}`);
    const refusals = await sayAll(client, room, refused);
    expect(new Set(refusals.values())).toEqual(new Set(['CHAT_02 never']));
    await callAs(cluster, MINJI, 'PATCH', `/api/chat/group/open/${room}`);

    const [again, jun] = [await personAt(cluster, MINJI), await personAt(cluster, JUN)];
    const repeating = Promise.all([sayAll(again, room, [...ids, ...refused]), sayAll(client, room, ids)]);
    const own: string[] = [];
    for (let i = 0; i < 50; i += 1) {
      const receipt = await say(jun, other, `${String(i)}`);
      expect(receipt.command).toBe('RECEIPT');
      own.push(receipt.headers['seq'] ?? '');
    }
    expect(own).toEqual(own.map((_, i) => String(i + 3)));
    const [both, once] = await repeating;
    expect(both).toEqual(new Map([...receipts, ...refusals]));
    expect(once).toEqual(receipts);
    expect(await messages.countDocuments({ room, kind: 'message' })).toBe(REPEATS);
    expect(await say(client, room, 'something new')).toMatchObject({ command: 'RECEIPT' });
  });
});
