/** What the fence of a barrier rests on, on a real server: numbers of retryable writes. */
import { asSeq } from '@munova/contracts';
import { commitOf, freshRoom, messages } from '@munova/contracts/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mongoPortsOver, type MongoPorts } from '../../src/mongo-core/index.js';
import { DriverCommands } from '../../src/mongo/driver-commands.js';
import { migrateMongo } from '../../src/mongo/index.js';
import { START_MS, runtime, useReplicaSet } from './mongo-place.js';

const IMPATIENT_MS = 150; // before the client gives up on a command, twice
const BLOCKED_MS = 1_500; // before the server begins it

const subject = useReplicaSet();
let client: MongoClient | undefined;
let ports: MongoPorts | undefined;

beforeAll(async () => {
  const place = subject.newPlace();
  await migrateMongo(place);
  client = new MongoClient(place.uri, { retryWrites: true, socketTimeoutMS: IMPATIENT_MS, heartbeatFrequencyMS: 500 });
  ports = mongoPortsOver(new DriverCommands(client, place.database), runtime);
}, START_MS);
afterAll(async () => {
  await client?.close();
});

const insertsUnderWay = async (): Promise<number> => {
  const found = await subject.set.command(await subject.set.primary(), {
    currentOp: 1,
    'command.insert': 'messages',
  });
  return (found['inprog'] as unknown[]).length;
};

it.each([
  ['without a barrier it lands', false],
  ['behind a barrier it never lands', true],
])(
  '[M5] [S11] an append that a real server begins late: %s',
  async (_, isFenced) => {
    const { log } = ports!;
    const room = freshRoom();
    await subject.set.command(await subject.set.primary(), {
      configureFailPoint: 'failCommand',
      mode: { times: 2 },
      data: { failCommands: ['insert'], blockConnection: true, blockTimeMS: BLOCKED_MS },
    });
    await expect(log.append(commitOf(messages(room, 1, 3)))).rejects.toMatchObject({ applied: 'unknown' });
    expect(await insertsUnderWay()).toBeGreaterThan(0);
    if (isFenced) await log.barrier();
    else expect(await log.readAfter(room, asSeq(0), 9)).toEqual([]);
    while ((await insertsUnderWay()) > 0);
    const heads = await log.heads([room]);
    expect(heads.get(room)?.seq).toBe(isFenced ? undefined : 3);
  },
  START_MS,
);
