/** The store and the bus, made dishonest: their adapters, and the servers beneath them. */
import { RIVALS } from './mutants-cluster.js';
import type { MutantSpec } from './patches.js';

const core = (file: string): string => `packages/store/dist/mongo-core/${file}.js`;
const LOG = core('room-log');
const MAJORITY = core('majority');
const OWNERS = core('cluster');
const fake = (file: string): string => `packages/simulator/dist/fakes/${file}.js`;
const SCRIPTS = fake('redis/scripts');

/** What a majority does not have may be lost at any time. */
const ELECTIONS = {
  actors: 2,
  paceMs: 200,
  faults: { 'primary-crash': 0.08, 'replication-held': 0.05, 'client-disconnect': 0.15 },
} satisfies MutantSpec['focus'];

export const STORE_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'unordered-insert',
    what: 'a commit that meets a conflict writes what stands behind it all the same',
    breaks: ['I1', 'I4', 'I12'],
    patches: [
      {
        file: fake('mongo/server'),
        find: `if (index !== null)
            throw duplicate(index, position);
        set.change(collection, undefined, copyOf(document), numbered);
    }`,
        replace: `if (index !== null) { refused ??= duplicate(index, position); continue; }
        set.change(collection, undefined, copyOf(document), numbered);
    }
    if (refused) throw refused;`,
      },
      {
        file: fake('mongo/server'),
        find: 'for (const [position, document] of documents.entries()) {',
        replace: 'let refused; for (const [position, document] of documents.entries()) {',
      },
      { file: LOG, find: "await this.#expectPlaces(commands, 'no');", replace: '' },
    ],
  },
  {
    name: 'duplicate-as-success',
    what: 'the store answers a conflict as if it had written',
    breaks: ['I4', 'I12'],
    patches: [
      {
        file: LOG,
        find: "throw conflict(typeof room === 'string'",
        replace: "return; throw conflict(typeof room === 'string'",
      },
    ],
  },
  {
    name: 'places-not-unique',
    what: 'the store takes two documents at one place of a log',
    breaks: ['I1', 'I2', 'I4', 'I7'],
    focus: RIVALS,
    patches: [
      { file: fake('mongo/collection'), find: 'return index?.name ?? null;', replace: 'return null;' },
      { file: LOG, find: 'if (found !== end)', replace: 'if (false)' },
    ],
  },
  {
    name: 'ids-not-unique',
    what: 'the store takes a second entry of the same (room, sender, cmid)',
    breaks: ['I3', 'I12'],
    patches: [
      {
        file: core('log-documents'),
        find: '_id: outcomeId(first),',
        replace: '_id: outcomeId(first) + String(first.seq),',
      },
    ],
  },
  {
    name: 'no-look-up',
    what: 'the store finds no outcome by id',
    breaks: ['I11'],
    patches: [{ file: LOG, find: 'if (keys.length === 0)', replace: 'if (keys.length >= 0)' }],
  },
  {
    name: 'written-to-one',
    what: 'a write is answered once the primary alone has it (w: 1)',
    breaks: ['I4', 'I2', 'I5'],
    focus: ELECTIONS,
    patches: [{ file: MAJORITY, find: "{ durability: 'majority' }", replace: "{ durability: 'primary' }" }],
  },
  {
    name: 'local-read',
    what: 'what the primary has is read, whether or not a majority has it, and no barrier stands before it',
    breaks: ['I1', 'I2', 'I4', 'I5', 'I12'],
    focus: {
      actors: 1,
      edges: 1,
      shards: 1,
      rooms: 1,
      people: 2,
      hasty: 0,
      fickle: 0,
      tight: false,
      paceMs: 500,
      networkMs: 1,
      storeMs: 1,
      durationMs: 24_000,
      faults: { 'primary-crash': 0.05, 'replication-held': 0.3 },
    },
    patches: [
      { file: MAJORITY, find: "read: 'majority'", replace: "read: 'local'" },
      {
        file: 'packages/room-actors/dist/runtime/actor-node.js',
        find: 'store.log.barrier()',
        replace: 'Promise.resolve()',
      },
    ],
  },
  {
    name: 'read-without-margin',
    what: 'entries before the bound use up the limit of a read of the log',
    breaks: ['R18'],
    patches: [{ file: LOG, find: 'limit: limit + margin', replace: 'limit' }],
  },
  {
    name: 'refusals-forgotten',
    what: 'the store does not keep refusals and no-ops',
    breaks: ['I12', 'I6'],
    patches: [
      {
        file: LOG,
        find: '...commands.map((written) => ({ document: documentOf(written), written })),',
        replace:
          '...commands.filter((written) => !isOutcome(written)).map((written) => ({ document: documentOf(written), written })),',
      },
    ],
  },
  {
    name: 'stale-reads',
    what: 'reads of the log never see its last entry',
    breaks: ['I5', 'V20', 'A2', 'I11'],
    patches: [{ file: LOG, find: '.slice(0, limit);', replace: '.slice(0, documents.length < limit ? -1 : limit);' }],
  },
  {
    name: 'no-heads',
    what: 'no head is told: the store answers with nothing, and heartbeats hold none',
    breaks: ['I5', 'I11'],
    patches: [
      {
        file: LOG,
        find: 'this.#ends.saw(room, seq);\n        return heads;',
        replace: 'this.#ends.saw(room, seq);\n        return new Map();',
      },
      {
        file: 'packages/room-actors/dist/runtime/heartbeats.js',
        find: 'const heads = shard.heads.next();',
        replace: 'const heads = [];',
      },
    ],
  },
  {
    name: 'epoch-goes-back',
    what: 'each owner of a shard has a smaller epoch than the one before it',
    breaks: ['I7', 'I11'],
    patches: [
      {
        file: OWNERS,
        find: "epoch: asEpoch(Number(found.get(i)?.['epoch'] ?? 0)),",
        replace: "epoch: asEpoch(1000 - Number(found.get(i)?.['epoch'] ?? 0)),",
      },
      {
        file: OWNERS,
        find: 'owner: seen.owner, epoch: seen.epoch };',
        replace: 'owner: seen.owner, epoch: 1000 - seen.epoch };',
      },
      { file: OWNERS, find: 'upsert: seen.epoch === 0', replace: 'upsert: seen.epoch === 1000' },
      { file: OWNERS, find: "asEpoch(Number(record['epoch']))", replace: "asEpoch(1000 - Number(record['epoch']))" },
      { file: OWNERS, find: '{ _id: shard, owner, epoch }', replace: '{ _id: shard, owner, epoch: 1000 - epoch }' },
    ],
  },
  {
    name: 'projection-lost',
    what: 'what is projected is not kept',
    breaks: ['I2', 'A2', 'A25'],
    patches: [
      {
        file: core('projection'),
        find: 'async project(updates, settled) {',
        replace: 'async project(updates, settled) { return;',
      },
    ],
  },
  {
    name: 'line-not-fenced',
    what: 'a barrier says nothing to the appends that are in doubt: one of them may land behind it',
    breaks: [],
    patches: [{ file: core('append-lines'), find: 'const doubtful = this.#inDoubt;', replace: 'const doubtful = [];' }],
  },
  {
    name: 'entry-read-once',
    what: 'an entry that was read and not resolved is never read again (a consumer group)',
    breaks: ['I11'],
    patches: [
      {
        file: fake('redis/client'),
        find: "return this.#prompt('read', keysOf(streams), (server) => server.read(streams, count));",
        replace: `const fresh = (server, key) => ({ id }) => {
            const given = (server.given ??= new Set());
            return !given.has(key + id) && given.add(key + id);
        };
        return this.#prompt('read', keysOf(streams), (server) =>
            server.read(streams, count).map(({ key, entries }) => ({ key, entries: entries.filter(fresh(server, key)) })));`,
      },
    ],
  },
  {
    name: 'range-removed',
    what: 'the stream is cut up to the greatest id that was processed: what is lost is repeated by its edge',
    breaks: [],
    patches: [
      {
        file: SCRIPTS,
        find: 'removeAll(run, stream, held, rest.slice(messages.length));',
        replace: `const ids = rest.slice(messages.length).filter((_, i) => i % 2 === 0);
    const all = run.data.xread(stream, '0-0', Infinity);
    const last = Math.max(-1, ...ids.map((id) => all.findIndex((entry) => entry.id === id)));
    removeAll(run, stream, held, all.slice(0, last + 1).flatMap(({ id, fields }) => [id, fields[1]]));`,
      },
    ],
  },
  {
    name: 'fence-ignored',
    what: 'an owner that was superseded still commits to the stream: what it says is in the log all the same',
    breaks: [],
    patches: [{ file: SCRIPTS, find: 'Number(seen) > Number(epoch)', replace: 'Number(seen) < 0' }],
  },
  {
    name: 'fan-out-reordered',
    what: 'the fan-out changes the order within a channel',
    breaks: [],
    patches: [
      { file: fake('redis/connection'), find: '(fate?.delayMs ?? 0), last);', replace: '(fate?.delayMs ?? 0), 0);' },
    ],
  },
];
