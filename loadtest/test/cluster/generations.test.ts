/** A new generation by command: other shards, a restored backup, and one key for all. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { copyDatabase } from '@munova/servers/testing';
import type { Cluster } from '../../driver/cluster.js';
import { tokenFor } from '../../driver/product.js';
import type { RawFrame } from '../../driver/raw-link.js';
import { restData } from '../../driver/rest.js';
import { refusalIn, WireClient, type EntryBody } from '../../driver/wire-client.js';
import { clusterOf, munova, sharedServers, startCluster } from './place.js';

const LIMIT_MS = 120_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const OWNER = 'minji';
/** Enough to be of several shards, before and after. */
const ROOMS = 6;

const httpOf = (cluster: Cluster): string => cluster.member('edge-1').ready.http;
const tokenOf = (cluster: Cluster): string => tokenFor(cluster.secret, { sub: OWNER });
const newGroup = async (cluster: Cluster): Promise<string> => {
  const body = { chatName: `모임 ${randomBytes(6).toString('hex')}`, maxParticipants: 10, productCategoryId: [] };
  const made = await restData<{ roomId: string }>(httpOf(cluster), 'POST', '/api/chat/group', {
    token: tokenOf(cluster),
    body,
  });
  return made.roomId;
};
const historyOf = async (cluster: Cluster, room: string): Promise<readonly EntryBody[]> => {
  const path = `/api/chat/messages/${room}?after=0&limit=200`;
  const token = tokenOf(cluster);
  return (await restData<{ items: EntryBody[] }>(httpOf(cluster), 'GET', path, { token })).items;
};

/** Somebody with a session at the first edge, who hears refusals. */
class Visitor {
  readonly client: WireClient;
  readonly generation: string;

  private constructor(client: WireClient, generation: string) {
    this.client = client;
    this.generation = generation;
  }

  static async at(cluster: Cluster): Promise<Visitor> {
    const client = await WireClient.ws(cluster.member('edge-1').target);
    onTestFinished(() => client.close());
    const { headers } = await client.connect(tokenOf(cluster));
    await client.ask('SUBSCRIBE', { id: 'errors', destination: '/user/queue/errors' });
    return new Visitor(client, headers['generation'] ?? '');
  }

  /** @returns the seq in its receipt */
  async say(room: string, id: string): Promise<number> {
    const headers = { destination: `/rooms/${room}/messages`, 'client-message-id': id };
    const answer = await this.client.ask('SEND', headers, JSON.stringify({ type: 'TEXT', content: `내용 ${id}` }));
    expect(answer.command).toBe('RECEIPT');
    return Number(answer.headers['seq']);
  }

  async sayAll(rooms: readonly string[], ids: readonly string[]): Promise<void> {
    for (const room of rooms) for (const id of ids) await this.say(room, id);
  }

  follow(room: string, more: Readonly<Record<string, string>>): Promise<RawFrame> {
    return this.client.ask('SUBSCRIBE', { id: `of-${room}`, destination: `/rooms/${room}`, ...more });
  }

  async expectReset(room: string, more: Readonly<Record<string, string>>): Promise<void> {
    const answer = await this.follow(room, more);
    expect(refusalIn(answer)).toMatchObject({ code: 'reset', generation: this.generation });
  }
}

const groupsOf = (cluster: Cluster): Promise<string[]> =>
  Promise.all(Array.from({ length: ROOMS }, () => newGroup(cluster)));
/** The same deployment, started again. */
const again = (former: Cluster, shards: number): Promise<Cluster> => {
  const { MUNOVA_MONGO_URL: mongo = '', ...env } = former.env;
  return startCluster({ mongo, edges: 1, env: { ...env, MUNOVA_SHARDS: String(shards) } });
};
const outline = (history: readonly EntryBody[]): unknown[] =>
  history.map(({ seq, kind, clientMessageId }) => (kind === 'message' ? [seq, clientMessageId] : [seq, kind]));
const CREATED = [
  [1, 'created'],
  [2, 'joined'],
];

describe('[P50] munova migrate --new-generation', () => {
  it('[P50] names the processes that live, and begins nothing; nor for shards that are none', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const before = (await clusterOf(cluster, httpOf(cluster))).data.generation;
    const refused = await munova(cluster.env, 'migrate', '--new-generation');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/of which no process runs; running: (actors-1|edge-1|actors-1, edge-1)\n/);
    for (const shards of ['0', '4097', 'many', '']) {
      const { code, stderr } = await munova(cluster.env, 'migrate', '--new-generation', '--shards', shards);
      expect([code, stderr]).toEqual([78, expect.stringContaining('--shards was given')]);
    }
    const alone = await munova(cluster.env, 'migrate', '--shards', '16');
    expect(alone.code).toBe(78);
    expect(alone.stderr).toMatch(/--shards was given 16; allowed is only with --new-generation/);
    expect((await clusterOf(cluster, httpOf(cluster))).data.generation).toBe(before);
  });

  it('[P51, I1, I2, I3, I4] with other shards: history, receipts and positions stay, and rooms go on', async () => {
    const cluster = await startCluster({ edges: 1 });
    const rooms = await groupsOf(cluster);
    const writer = await Visitor.at(cluster);
    await writer.sayAll(rooms, ['m-1', 'm-2', 'm-3']);
    const before = await Promise.all(rooms.map((room) => historyOf(cluster, room)));
    expect(await cluster.stop()).toBe(0);

    const begun = await munova(cluster.env, 'migrate', '--new-generation', '--shards', '16');
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringMatching(/^new generation: .*, 16 shards, /m)]);
    expect(begun.stdout).toMatch(/MUNOVA_SHARDS=16\n$/);
    expect((await munova(cluster.env, 'actors')).stderr).toMatch(/MUNOVA_SHARDS was given 64; allowed is 16/);

    const renewed = await again(cluster, 16);
    expect(await Promise.all(rooms.map((room) => historyOf(renewed, room)))).toEqual(before);
    const visitor = await Visitor.at(renewed);
    expect(visitor.generation).not.toBe(writer.generation);
    for (const room of rooms) {
      await visitor.expectReset(room, { 'last-seq': '4', generation: writer.generation });
      expect((await visitor.follow(room, { 'last-seq': '4' })).headers).toMatchObject({ head: '5' });
      expect(await visitor.say(room, 'm-2')).toBe(4);
      expect(await visitor.say(room, 'm-4')).toBe(6);
      expect(outline(await visitor.client.bodiesOf(`of-${room}`, 2))).toEqual([
        [5, 'm-3'],
        [6, 'm-4'],
      ]);
      expect(await historyOf(renewed, room)).toHaveLength(6);
    }
  });

  it('[P52, I1, I3] after a backup is restored: what it holds stays, what it lacks can be sent again', async () => {
    const { mongo } = await sharedServers();
    const cluster = await startCluster({ edges: 1 });
    const database = new URL(cluster.env['MUNOVA_MONGO_URL'] ?? '').pathname.slice(1);
    const backup = `${database}_backup`;
    const rooms = await groupsOf(cluster);
    const writer = await Visitor.at(cluster);
    await writer.sayAll(rooms, ['m-1', 'm-2', 'm-3']);
    // Nobody writes meanwhile, but for the leases.
    await copyDatabase(mongo, database, backup);
    await writer.sayAll(rooms, ['m-4', 'm-5']);
    // As it happens: nobody leaves in order, and Redis keeps its streams and fences.
    await cluster.destroy();
    await copyDatabase(mongo, backup, database);

    const begun = await munova(cluster.env, 'migrate', '--new-generation');
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringMatching(/^new generation: .*, 64 shards, /m)]);
    expect(begun.stdout).toMatch(/^waiting to see whether actors-1, actors-2, edge-1 are gone\n/);

    const restored = await again(cluster, 64);
    const visitor = await Visitor.at(restored);
    for (const room of rooms) {
      const kept = [...CREATED, [3, 'm-1'], [4, 'm-2'], [5, 'm-3']];
      expect(outline(await historyOf(restored, room))).toEqual(kept);
      // A cursor of what is gone, and one that is there but was of the former generation.
      await visitor.expectReset(room, { 'last-seq': '7' });
      await visitor.expectReset(room, { 'last-seq': '5', generation: writer.generation });
      expect((await visitor.follow(room, { 'last-seq': '5' })).headers).toMatchObject({ head: '5' });
      expect(await visitor.say(room, 'm-3')).toBe(5);
      expect(await visitor.say(room, 'm-5')).toBe(6);
      expect(await visitor.say(room, 'm-6')).toBe(7);
      expect(outline(await historyOf(restored, room))).toEqual([...kept, [6, 'm-5'], [7, 'm-6']]);
      expect(outline(await visitor.client.bodiesOf(`of-${room}`, 2))).toEqual([
        [6, 'm-5'],
        [7, 'm-6'],
      ]);
    }
  });

  it('[P53] what slept meanwhile ends when it wakes up', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    for (const member of cluster.members) member.suspend();
    const begun = await munova(cluster.env, 'migrate', '--new-generation');
    expect([begun.code, begun.stderr.includes('running')]).toEqual([0, false]);
    for (const member of cluster.members) member.resume();
    for (const member of cluster.members) expect(await member.whenExited()).toEqual({ code: 1, signal: null });
    expect(cluster.member('edge-1').log).toContain('another generation has begun');
    await Promise.all(cluster.members.map((member) => member.start()));
    await newGroup(cluster);
  });
});

describe('[P54] the deployment key', () => {
  it('[P54] is one for all processes: whoever has another one is refused, and none is shown', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const other = randomBytes(32).toString('base64url');
    for (const command of ['edge', 'actors', 'migrate']) {
      const { code, stderr } = await munova({ ...cluster.env, MUNOVA_DEPLOYMENT_KEY: other }, command);
      expect([command, code]).toEqual([command, 78]);
      expect(stderr).toMatch(/MUNOVA_DEPLOYMENT_KEY was given another key than this data was made with/);
      for (const key of [other, cluster.env['MUNOVA_DEPLOYMENT_KEY'] ?? '?']) expect(stderr).not.toContain(key);
    }
  });

  it('[P54] is not made anew by a process with a data folder of its own', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'munova-key-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { ...cluster.env, MUNOVA_DEPLOYMENT_KEY: '', MUNOVA_DATA_DIR: folder };
    const { code, stderr } = await munova(env, 'actors');
    expect(code).toBe(78);
    expect(stderr).toContain(`deployment.key in the data folder ("${folder}")`);
  });
});
