import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLoneMongod, startReplicaSet } from '@munova/servers';
import type { StartedReplicaSet } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';

/** Enough for an election after the time-out of a silent primary, on a busy machine (milliseconds). */
const PATIENCE_MS = 60_000;

const clients: MongoClient[] = [];
/** While their server is there: the driver tells it of its sessions. */
const closeClients = async (): Promise<void> => {
  for (const client of clients.splice(0)) await client.close();
};
afterEach(closeClients);

const notes = ({ uri }: StartedReplicaSet) => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: PATIENCE_MS, retryWrites: true });
  clients.push(client);
  return client.db('test').collection<{ _id: string }>('notes', { writeConcern: { w: 'majority', journal: true } });
};

describe('[Y6] a replica set of one', { timeout: PATIENCE_MS }, () => {
  let set: StartedReplicaSet;
  beforeAll(async () => {
    set = await startReplicaSet({ members: 1 });
  }, SERVERS_TIMEOUT_MS);
  afterAll(() => set.stop());

  it('[Y6] commits with the majority', async () => {
    const collection = notes(set);
    await collection.insertOne({ _id: 'a' });
    expect(await collection.findOne({ _id: 'a' }, { readConcern: 'majority' })).toEqual({ _id: 'a' });
  });

  it('[Y6] fails a command where a fail point was set', async () => {
    const collection = notes(set);
    const configureFailPoint = 'failCommand';
    await set.command(set.members[0]!, {
      configureFailPoint,
      mode: { times: 1 },
      data: { failCommands: ['insert'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
    });
    await expect(collection.insertOne({ _id: 'failed' })).rejects.toThrow('waiting for replication timed out');
    expect(await collection.findOne({ _id: 'failed' })).toEqual({ _id: 'failed' });
    await set.command(set.members[0]!, { configureFailPoint, mode: 'off' });
  });

  it('[Y6] steps down and serves again', async () => {
    await set.stepDown(1);
    expect(await set.primary()).toBe(set.members[0]);
    await notes(set).insertOne({ _id: 'after' });
  });
});

describe('[Y6] a replica set of three', { timeout: PATIENCE_MS }, () => {
  let set: StartedReplicaSet;
  beforeAll(async () => {
    set = await startReplicaSet({ electionTimeoutMs: 2_000 });
  }, SERVERS_TIMEOUT_MS);
  afterAll(() => set.stop());

  it('[Y6] has a process and a port for each', () => {
    expect(new Set(set.members.map(({ pid }) => pid)).size).toBe(3);
    expect(new Set(set.members.map(({ port }) => port)).size).toBe(3);
  });

  it('[Y6] elects another when its primary was killed, and takes it back with its data', async () => {
    const collection = notes(set);
    await collection.insertOne({ _id: 'before' });
    const old = await set.primary();
    const { port } = old;
    await old.kill();
    expect(await set.primary()).not.toBe(old);
    await collection.insertOne({ _id: 'meanwhile' });
    await old.start();
    expect(old.port).toBe(port);
    await notes(set).insertOne({ _id: 'together' }, { writeConcern: { w: 3 } });
  });

  it('[Y6] elects another when its primary is suspended', async () => {
    const old = await set.primary();
    old.suspend();
    expect(await set.primary()).not.toBe(old);
    old.resume();
    await notes(set).insertOne({ _id: 'resumed' }, { writeConcern: { w: 3 } });
  });

  it('[Y6] elects another when its primary steps down', async () => {
    const old = await set.primary();
    await set.stepDown();
    expect(await set.primary()).not.toBe(old);
  });
});

describe('[Y13] a MongoDB', { timeout: SERVERS_TIMEOUT_MS }, () => {
  it('[Y13] with a root password lets in its users alone, and steps down as any other', async () => {
    const set = await startReplicaSet({ members: 1, rootPassword: 'open sesame' });
    try {
      const stranger = { uri: set.uri.replace(/\/\/.*@/, '//') } as StartedReplicaSet;
      await expect(notes(stranger).insertOne({ _id: 'stranger' })).rejects.toThrow('requires authentication');
      await set.stepDown(1);
      expect(await set.command(await set.primary(), { usersInfo: 'root' })).toMatchObject({ ok: 1 });
      await notes(set).insertOne({ _id: 'root' });
    } finally {
      await closeClients();
      await set.stop();
    }
  });

  it('[Y13] on its own is no member of a set', async () => {
    const { uri, stop } = await startLoneMongod();
    try {
      await using client = await new MongoClient(uri).connect();
      expect(await client.db('admin').command({ hello: 1 })).not.toHaveProperty('setName');
    } finally {
      await stop();
    }
  });
});
