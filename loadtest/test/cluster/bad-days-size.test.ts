/** Bad days of size: a room with a hundred thousand members and a log that nobody scrolls to the top of. */
import { MongoClient, type Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Cluster } from '../../driver/cluster.js';
import { refusalIn, type EntryBody } from '../../driver/wire-client.js';
import { say, subscribe } from '../../driver/wire-shop.js';
import { userAt, writeBigRoom } from './big-room.js';
import { callAs, databaseOf, groupOf, personAt, sharedServers } from './place.js';

/** Members beside those who join here, and entries of the log: a million by hand (`MUNOVA_BIG_LOG=1000000`). */
const MEMBERS = 100_000;
const ENTRIES = Number(process.env['MUNOVA_BIG_LOG'] ?? 110_000);
const UNPROJECTED = 500;
const ROOM = 'big-room';
const WRITING_MS = 300_000;
/** No read examines more documents, or keys of an index, than this: several pages. */
const EXAMINED_MAX = 1_000;
/** Documents that everything here may have read in all, leases and owners among them; members and log are far more. */
const READ_MAX = 40_000;
vi.setConfig({ testTimeout: 60_000 });
const OWNER = { sub: 'owner', name: '주인' };

let cluster: Cluster;
let mongo: MongoClient;
let db: Db;
let readBefore = 0;
/** Documents that the server has read for anybody. */
const readSoFar = async (): Promise<number> => {
  const { metrics } = await db.admin().command({ serverStatus: 1 });
  return (metrics as { queryExecutor: { scannedObjects: number } }).queryExecutor.scannedObjects;
};

beforeAll(async () => {
  cluster = await Cluster.start({ ...(await sharedServers()), edges: 1, actors: 1 });
  ({ client: mongo, db } = await databaseOf(cluster));
  const template = await groupOf(cluster, OWNER);
  await writeBigRoom(db, template, { room: ROOM, members: MEMBERS, entries: ENTRIES, unprojected: UNPROJECTED });
  readBefore = await readSoFar();
  const examined = (field: string) => ({ [field]: { $gt: EXAMINED_MAX } });
  await db.command({ profile: 1, filter: { $or: [examined('docsExamined'), examined('keysExamined')] } });
}, WRITING_MS);
afterAll(async () => {
  await db.dropDatabase();
  await mongo.close();
  await cluster.destroy();
});

/** What the server noted as examining too much, but for what this file does itself. */
const scans = () => db.collection('system.profile').find({ appName: 'munova' }).toArray();
const history = (query: string): Promise<{ items: readonly EntryBody[]; head: number }> =>
  callAs(cluster, OWNER, 'GET', `/api/chat/messages/${ROOM}?${query}`);
const seqsOf = async (query: string): Promise<readonly number[]> => (await history(query)).items.map(({ seq }) => seq);
const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('[P27] a room with a hundred thousand members and a long log', () => {
  it('[P27] is paged from either end and from the middle', async () => {
    expect(await seqsOf('limit=200')).toEqual(from(ENTRIES - 199, 200));
    expect(await seqsOf('after=0&limit=200')).toEqual(from(1, 200));
    const middle = Math.floor(ENTRIES / 2);
    expect(await seqsOf(`before=${String(middle)}&limit=100`)).toEqual(from(middle - 100, 100));
    expect(await seqsOf(`after=${String(middle)}&limit=100`)).toEqual(from(middle + 1, 100));
    expect((await history('limit=1')).head).toBe(ENTRIES);
  });

  it('[P27] is subscribed from a position near its end, sent to and heard', async () => {
    const member = await personAt(cluster, { sub: userAt(50_000) });
    expect(refusalIn(await subscribe(member, ROOM, { 'last-seq': '0' }))).toMatchObject({
      code: 'page-first',
      head: ENTRIES,
    });
    const near = await subscribe(member, ROOM, { id: 'near', 'last-seq': String(ENTRIES - 5_000) });
    expect(near).toMatchObject({ command: 'RECEIPT', headers: { head: String(ENTRIES) } });
    const said = await say(member, ROOM, '여기');
    expect(said).toMatchObject({ command: 'RECEIPT', headers: { seq: String(ENTRIES + 1) } });
    const bodies = await member.bodiesOf('near', 5_001);
    expect(bodies.map(({ seq }) => seq)).toEqual(from(ENTRIES - 4_999, 5_001));
    expect(bodies.at(-1)).toMatchObject({ senderId: userAt(50_000), n: ENTRIES - MEMBERS - 1 + 1, content: '여기' });
  });

  it('[P27] is joined, kicked from, and its members are listed page by page', async () => {
    const joined = await callAs<{ memberCount: number }>(cluster, { sub: 'late' }, 'POST', `/api/chat/group/${ROOM}`);
    expect(joined.memberCount).toBe(MEMBERS + 1);
    const body = { userId: userAt(99_999) };
    await callAs(cluster, OWNER, 'POST', `/api/chat/group/kick/${ROOM}`, { body });
    const kicked = await personAt(cluster, { sub: body.userId });
    expect(refusalIn(await say(kicked, ROOM, '나'))).toMatchObject({ code: 'CHAT_03' });
    type Details = { memberCount: number; members: readonly { userId: string }[]; nextCursor: string };
    const path = `/api/chat/rooms/${ROOM}?limit=100`;
    const first = await callAs<Details>(cluster, OWNER, 'GET', path);
    const second = await callAs<Details>(
      cluster,
      OWNER,
      'GET',
      `${path}&cursor=${encodeURIComponent(first.nextCursor)}`,
    );
    expect(first.memberCount).toBe(MEMBERS);
    const listed = [...first.members, ...second.members].map(({ userId }) => userId);
    expect(new Set(listed).size).toBe(200);
    expect(listed.slice(0, 100)).toEqual(from(3, 100).map(userAt));
  });

  it('[P27, M10] costs no read that grows with it, and all together far fewer than it has members', async () => {
    const other = await groupOf(cluster, OWNER);
    const owner = await personAt(cluster, OWNER);
    for (const room of [other, ROOM]) expect(await say(owner, room, '끝')).toMatchObject({ command: 'RECEIPT' });
    expect((await scans()).map(({ command }) => command as unknown)).toEqual([]);
    expect((await readSoFar()) - readBefore).toBeLessThan(READ_MAX);
    // The server notes what does examine much.
    const scanning = await new MongoClient(cluster.env['MUNOVA_MONGO_URL'] ?? '', { appName: 'munova' }).connect();
    await scanning.db(db.databaseName).collection('messages').countDocuments({ cmid: 'nobody' });
    await scanning.close();
    expect(await scans()).toHaveLength(1);
  });
});
