/** Every query that the adapters make, explained by a real server. */
import { asEpoch, asNodeId, asSeq, asShardId, type RoomQuery } from '@munova/contracts';
import {
  LONG_AGO,
  NOW,
  closedEntry,
  commitOf,
  freshProduct,
  freshRoom,
  freshTag,
  freshUser,
  groupRecord,
  intentOf,
  memberRecord,
  messages,
  productOf,
  refusal,
  tagOf,
} from '@munova/contracts/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  mongoPortsOver,
  type CollectionName,
  type Filter,
  type FindOptions,
  type MongoCommands,
  type MongoPorts,
} from '../../src/mongo-core/index.js';
import { migrateMongo, openMongoCommands, type OpenMongoCommands } from '../../src/mongo/index.js';
import { START_MS, runtime, useSharedSet } from './mongo-place.js';

interface Asked {
  readonly collection: CollectionName;
  readonly filter: Filter;
  readonly options: FindOptions;
}

const subject = useSharedSet();
const asked: Asked[] = [];
let open: OpenMongoCommands | undefined;
let client: MongoClient | undefined;
let database = '';
let ports: MongoPorts | undefined;

/** The seam, and what passes it. */
const listening = (commands: MongoCommands): MongoCommands => {
  const hear = (collection: CollectionName, filter: Filter, options: FindOptions = {}): void => {
    asked.push({ collection, filter, options });
  };
  return {
    insertMany: (...args) => commands.insertMany(...args),
    find: (...args) => (hear(...(args.slice(0, 3) as [CollectionName, Filter, FindOptions])), commands.find(...args)),
    updateOne: (...args) => (hear(args[0], args[1]), commands.updateOne(...args)),
    findOneAndUpdate: (...args) => (hear(args[0], args[1]), commands.findOneAndUpdate(...args)),
    bulkUpdate: (...args) => {
      for (const { filter } of args[1]) hear(args[0], filter);
      return commands.bulkUpdate(...args);
    },
    deleteMany: (...args) => (hear(args[0], args[1]), commands.deleteMany(...args)),
    openLine: () => commands.openLine(),
    term: () => commands.term(),
  };
};

beforeAll(async () => {
  const place = subject.newPlace();
  ({ database } = place);
  await migrateMongo(place);
  open = await openMongoCommands(place);
  client = await new MongoClient(place.uri).connect();
  ports = mongoPortsOver(listening(open.commands), runtime);
}, START_MS);
afterAll(async () => {
  await client?.close();
  await open?.close();
});

/** The names of a plan's stages. */
const stagesOf = (plan: unknown): readonly string[] => {
  if (typeof plan !== 'object' || plan === null) return [];
  const stage = 'stage' in plan && typeof plan.stage === 'string' ? [plan.stage] : [];
  return [...stage, ...Object.values(plan).flatMap(stagesOf)];
};

const explained = async ({
  collection,
  filter,
  options: { sort, limit, fields },
}: Asked): Promise<readonly string[]> => {
  const find = {
    find: collection,
    filter,
    ...(sort && { sort }),
    ...(limit && { limit }),
    ...(fields && { projection: Object.fromEntries(fields.map((field) => [field, 1])) }),
  };
  const answer = await client!.db(database).command({ explain: find, verbosity: 'queryPlanner' });
  return stagesOf((answer['queryPlanner'] as { winningPlan: unknown }).winningPlan);
};

const queries: readonly RoomQuery[] = (['latest', 'members', 'name', 'created'] as const).flatMap((sort) => {
  const conditions: readonly Partial<RoomQuery>[] = [
    {},
    { type: 'GROUP', status: 'OPENED', hasSpace: true, minMembers: 1, maxMembers: 5 },
    { type: 'GROUP', ownerId: freshUser() },
    { type: 'ONE_ON_ONE', buyerId: freshUser() },
    { type: 'ONE_ON_ONE', sellerId: freshUser() },
    { memberId: freshUser() },
    { keyword: '첼시부츠' },
    { keyword: '츠', tagIds: [freshTag(), freshTag()], tagMode: 'all' },
    { tagIds: [freshTag()], tagMode: 'any' },
  ];
  return conditions.map((condition) => ({ ...condition, sort, limit: 2 }));
});

const walkLog = async ({ log, projection }: MongoPorts): Promise<void> => {
  const room = freshRoom();
  const expired = refusal({ room, expires: LONG_AGO });
  await log.append(commitOf([...messages(room, 1, 5), expired, closedEntry({ room, seq: 6 })], [intentOf(room)]));
  await log.append(commitOf([refusal({ room, sender: expired.sender, cmid: expired.cmid })]));
  await expect(log.append(commitOf(messages(freshRoom(), 5, 5)))).rejects.toThrow();
  await log.barrier();
  await log.readAfter(room, asSeq(2), 2);
  await log.readPage(room, { newest: true }, 2);
  await log.readPage(room, { before: asSeq(4) }, 2);
  await log.heads([room, freshRoom()]);
  await log.findOutcomes([expired], NOW);
  const open = await projection.openIntents();
  const record = groupRecord({ roomId: room });
  await projection.project(
    [{ record, members: [memberRecord({ room })], redactions: [{ room, targetSeq: asSeq(2) }] }],
    open.map(({ id }) => id),
  );
};

const walkDirectory = async ({ directory, memberships, readMarks, names, projection }: MongoPorts): Promise<void> => {
  const [room, user] = [freshRoom(), freshUser()];
  const members = [1, 2, 3].map((i) => memberRecord({ room, joinedAt: NOW + i }));
  await projection.project([{ record: groupRecord({ roomId: room }), members, redactions: [] }], []);
  await projection.project([{ record: groupRecord(), members: [], redactions: [] }], []);
  await directory.get(room);
  await directory.getMany([room, freshRoom()]);
  for (const query of queries) {
    const { nextCursor } = await directory.list(query);
    if (nextCursor !== null) await directory.list({ ...query, cursor: nextCursor });
  }
  await memberships.get(room, user);
  await memberships.getMany(room, [user]);
  const { nextCursor } = await memberships.members(room, null, 1);
  await memberships.members(room, nextCursor, 1);
  await memberships.countRooms(user);
  await readMarks.advance([{ room, user, mark: { seq: asSeq(2), n: 1 } }]);
  await readMarks.get(user, [room]);
  for (const holder of [room, freshRoom()]) await names.reserve('부츠 모임', holder, NOW);
  await names.release('부츠 모임', room);
  await names.unsettled(5);
};

const walkRest = async ({ products, tags, deployment, membership, ownership }: MongoPorts): Promise<void> => {
  await products.put(productOf());
  await products.get(freshProduct());
  const { nextCursor } = await products.list('', null, 1);
  await products.list('첼시', nextCursor, 1);
  await tags.put(tagOf(freshTag()));
  await tags.all();
  await deployment.clusterRecord(4, 'hash');
  await deployment.keyFingerprint('key');
  await deployment.nextEpoch();
  const node = asNodeId('node-1');
  await membership.join({ node, role: 'edge', reads: { from: 1, to: 1 }, address: null });
  await membership.renew(node);
  await membership.markDraining(node);
  await membership.markDead(node, 2);
  await membership.view();
  await membership.leave(node);
  const shards = ownership(2);
  await shards.claim({ shard: asShardId(1), owner: null, epoch: asEpoch(0), needs: 1 }, node);
  await shards.release(asShardId(1), node, asEpoch(1), 1);
  await shards.shards();
};

/** A list by these alone is read from its index in its order, so that a page costs a page. */
const isInIndexOrder = ({ collection, filter }: Asked): boolean => {
  if (collection === 'messages' || collection === 'memberships') return true;
  return collection === 'names' || (collection === 'products' && !JSON.stringify(filter).includes('terms'));
};

it(
  '[M10] no query reads a whole collection, and pages of logs, members and names are read in the order of an index',
  async () => {
    for (const walk of [walkLog, walkDirectory, walkRest]) await walk(ports!);
    expect(new Set(asked.map(({ collection }) => collection)).size).toBe(10);
    for (const each of asked) {
      const stages = await explained(each);
      expect(stages, JSON.stringify(each)).not.toContain('COLLSCAN');
      expect(stages.length).toBeGreaterThan(0);
      if (isInIndexOrder(each)) expect(stages, JSON.stringify(each)).not.toContain('SORT');
    }
  },
  START_MS,
);

it('[M10] lists of groups, of an owner and of a seller are read in the order of an index', async () => {
  asked.length = 0;
  const user = freshUser();
  for (const sort of ['latest', 'members', 'name', 'created'] as const) {
    await ports!.directory.list({ type: 'GROUP', sort, limit: 20 });
    await ports!.directory.list({ sort, limit: 20 });
  }
  await ports!.directory.list({ type: 'GROUP', ownerId: user, sort: 'latest', limit: 20 });
  await ports!.directory.list({ type: 'ONE_ON_ONE', buyerId: user, status: 'OPENED', sort: 'latest', limit: 20 });
  await ports!.directory.list({ type: 'ONE_ON_ONE', sellerId: user, sort: 'latest', limit: 20 });
  for (const each of asked) expect(await explained(each), JSON.stringify(each)).not.toContain('SORT');
});
