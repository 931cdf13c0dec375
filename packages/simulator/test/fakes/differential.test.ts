/** Random commands to the fake set and to a real one: every answer and every kind of failure must be the same. */
import { randomUUID } from 'node:crypto';
import { systemRuntime } from '@munova/contracts/memory';
import { sharedReplicaSet } from '@munova/servers/testing';
import { migrateMongo, openMongoCommands, type OpenMongoCommands } from '@munova/store/mongo';
import {
  MongoFailure,
  type BulkUpdate,
  type Document,
  type Filter,
  type MongoCommands,
  type Sort,
  type Update,
} from '@munova/store/mongo-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeMongoClient, FakeReplicaSet } from '../../src/fakes/mongo/index.js';
import { promptWay } from './support/way.js';

const START_MS = 60_000;
const RUNS = 100;
const DURABLE = { durability: 'majority' } as const;
const COLLECTION = 'messages';

let real: OpenMongoCommands | undefined;

beforeAll(async () => {
  const place = { uri: (await sharedReplicaSet()).uri, database: `differential-${randomUUID().slice(0, 8)}` };
  await migrateMongo(place);
  real = await openMongoCommands(place);
}, START_MS);
afterAll(async () => {
  await real?.close();
}, START_MS);

// Few values of several types, so that filters find something, sorts have ties and unique indexes refuse.
const anyId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyText = fc.constantFrom('x', 'y', '부츠', '👟', '\uffee', 'x.y', '');
const anyNumber = fc.integer({ min: 0, max: 4 });
const anyScalar = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null));
const anyDocument: fc.Arbitrary<Document> = fc.record(
  {
    _id: anyId,
    room: fc.constantFrom('r', 's'),
    seq: fc.integer({ min: 1, max: 3 }),
    n: anyNumber,
    kind: anyText,
    mixed: anyScalar,
    terms: fc.array(anyText, { maxLength: 3 }),
    also: fc.array(fc.record({ seq: anyNumber, n: anyNumber }), { maxLength: 2 }),
    data: fc.record({ of: fc.array(anyNumber, { maxLength: 2 }) }),
  },
  { requiredKeys: ['_id', 'room'] },
);

const anyOperators = fc.oneof(
  fc.record({ $gt: fc.oneof(anyNumber, anyText) }),
  fc.record({ $gte: fc.oneof(anyNumber, anyText), $lt: fc.oneof(anyNumber, anyText) }),
  fc.record({ $lte: fc.oneof(anyNumber, anyText) }),
  fc.record({ $ne: anyScalar }),
  fc.record({ $in: fc.array(anyScalar, { maxLength: 3 }) }),
  fc.record({ $all: fc.array(anyText, { minLength: 1, maxLength: 2 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $regex: fc.constantFrom('x', 'x\\.y', '부', '\\?', '(?!)') }),
);
const anyField = fc.constantFrom('room', 'seq', 'n', 'kind', 'mixed', 'terms');
const anyPart: fc.Arbitrary<Filter> = fc
  .tuple(anyField, fc.oneof(anyScalar, anyOperators))
  .map(([field, condition]) => ({ [field]: condition }));
const anyFilter: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 3, arbitrary: fc.array(anyPart, { maxLength: 2 }).map((parts) => Object.assign({}, ...parts) as Filter) },
  { weight: 1, arbitrary: fc.array(anyPart, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })) },
  { weight: 1, arbitrary: fc.array(anyPart, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })) },
  { weight: 1, arbitrary: fc.array(anyId, { maxLength: 3 }).map(($in) => ({ _id: { $in } })) },
);
const anyUpdate: fc.Arbitrary<Update> = fc.oneof(
  fc.record({ $set: fc.record({ kind: anyText, mixed: anyScalar }), $inc: fc.record({ n: anyNumber }) }),
  fc.record({ $set: fc.record({ seq: fc.integer({ min: 1, max: 3 }) }), $max: fc.record({ n: anyNumber }) }),
  fc.record({
    $set: fc.record({ terms: fc.array(anyText, { maxLength: 2 }) }),
    $setOnInsert: fc.record({ kind: anyText }),
  }),
  fc.constant({ $unset: { mixed: '' as const, kind: '' as const } }),
);
/** Of one document: which of several a filter would find first is nobody's business. */
const anyTarget: fc.Arbitrary<Filter> = fc.record(
  { _id: anyId, room: fc.constantFrom('r', 's'), n: fc.record({ $lt: anyNumber }) },
  { requiredKeys: ['_id'] },
);
const anyBulk: fc.Arbitrary<BulkUpdate> = fc.oneof(
  fc.record({ filter: anyTarget, update: anyUpdate, upsert: fc.boolean() }),
  fc.record({
    filter: anyFilter,
    update: fc.record({ $set: fc.record({ mixed: anyScalar }) }),
    many: fc.constant(true),
  }),
);

interface Command {
  readonly text: string;
  readonly ask: (commands: MongoCommands) => Promise<unknown>;
}
const command = <T>(
  name: string,
  parts: fc.Arbitrary<T>,
  ask: (commands: MongoCommands, parts: T) => Promise<unknown>,
) => parts.map((given): Command => ({ text: `${name} ${JSON.stringify(given)}`, ask: (c) => ask(c, given) }));

const anySort: fc.Arbitrary<Sort> = fc.constantFrom<Sort[]>(
  { n: 1 },
  { n: -1 },
  { mixed: 1 },
  { kind: -1, n: 1 },
  { seq: -1 },
);
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  command('insertMany', fc.array(anyDocument, { minLength: 1, maxLength: 4 }), (c, documents) =>
    c.insertMany(COLLECTION, documents, DURABLE),
  ),
  command(
    'find',
    fc.record({
      filter: anyFilter,
      sort: anySort,
      limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    }),
    (c, { filter, sort, limit }) =>
      c.find(
        COLLECTION,
        filter,
        { sort: { ...sort, _id: 1 }, ...(limit !== undefined && { limit }) },
        { read: 'majority', after: null },
      ),
  ),
  command('find some', anyFilter, (c, filter) =>
    c.find(COLLECTION, filter, { sort: { _id: 1 }, fields: ['n', 'also.n', 'kind'] }, { read: 'local', after: null }),
  ),
  command('updateOne', fc.tuple(anyTarget, anyUpdate, fc.boolean()), (c, [filter, update, upsert]) =>
    c.updateOne(COLLECTION, filter, update, { upsert }, DURABLE),
  ),
  command('findOneAndUpdate', fc.tuple(anyTarget, anyUpdate, fc.boolean()), (c, [filter, update, upsert]) =>
    c.findOneAndUpdate(COLLECTION, filter, update, { upsert }, DURABLE),
  ),
  command('bulkUpdate', fc.array(anyBulk, { minLength: 1, maxLength: 3 }), (c, updates) =>
    c.bulkUpdate(COLLECTION, updates, DURABLE),
  ),
  command('deleteMany', anyFilter, (c, filter) => c.deleteMany(COLLECTION, filter, DURABLE)),
);

/** All but the moment, which is each set's own. */
const answerOf = async (commands: MongoCommands, { ask }: Command): Promise<unknown> => {
  try {
    const answer = await ask(commands);
    return Array.isArray(answer) ? answer : { ...(answer as object), at: null };
  } catch (error) {
    if (!(error instanceof MongoFailure)) throw error;
    return { failed: error.kind, duplicate: error.duplicate };
  }
};

const everything: Command = {
  text: 'find everything',
  ask: (c) => c.find(COLLECTION, {}, { sort: { _id: 1 } }, { read: 'majority', after: null }),
};

it(
  '[M12] the fake set answers every command as a real one does, and refuses what it refuses',
  async () => {
    const { timers, random } = systemRuntime((_, error) => {
      throw new Error('fault', { cause: error });
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 1, maxLength: 20 }), async (commands) => {
        const fakeSet = new FakeReplicaSet({ timers, random });
        const fake = new FakeMongoClient({ set: fakeSet, timers, travel: promptWay(timers) });
        await real!.commands.deleteMany(COLLECTION, {}, DURABLE);
        for (const each of commands) {
          for (const asked of [each, everything]) {
            expect(await answerOf(fake, asked), each.text).toEqual(await answerOf(real!.commands, asked));
          }
        }
      }),
      { numRuns: RUNS },
    );
  },
  START_MS,
);
