/** Leases and ownership, made wrong. */
import type { MutantSpec } from './patches.js';

const at = (file: string): string => `packages/room-actors/dist/${file}.js`;
const LEASE = at('runtime/lease');

/** Owners that do not know of each other. */
export const RIVALS = {
  actors: 3,
  shards: 1,
  paceMs: 200,
  faults: { 'false-death': 0.3, 'append-lands-late': 0.2, 'stream-commit-lost': 0.85, 'client-disconnect': 0.3 },
} satisfies MutantSpec['focus'];

/** Owners come and go before and after everything starts anew. */
const GENERATIONS = {
  actors: 3,
  faults: { 'new-generation': 0.1, 'actor-crash': 0.25, 'client-disconnect': 0.15 },
} satisfies MutantSpec['focus'];
const CATALOGUE = 'packages/store/dist/mongo-core/catalogue.js';

export const CLUSTER_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'lease-from-receipt',
    what: 'a lease counts from the answer of its renewal, not from its sending',
    breaks: ['A83', 'A84'],
    focus: {
      actors: 3,
      edges: 1,
      people: 1,
      rooms: 1,
      paceMs: 1_000,
      durationMs: 24_000,
      faults: { 'store-slow': 0.15, 'actor-cut': 0.08 },
    },
    patches: [
      { file: LEASE, find: 'this.#deadline = sentAt + LEASE_TTL_MS;', replace: 'this.#deadline = now + LEASE_TTL_MS;' },
      { file: LEASE, find: 'if (now >= sentAt + LEASE_TTL_MS)', replace: 'if (false)' },
    ],
  },
  {
    name: 'lapsed-goes-on',
    what: 'a lease that ran out is taken for held until the next renewal',
    breaks: ['A81', 'A84'],
    patches: [{ file: LEASE, find: 'if (this.#now() < this.#deadline)', replace: 'if (this.#deadline > 0)' }],
  },
  {
    name: 'naive-death',
    what: 'a member is dead once its beat stands still, whether or not the observer was cut off itself or there was a primary',
    breaks: ['A83'],
    focus: { actors: 3, durationMs: 24_000, faults: { 'primary-crash': 0.08 } },
    patches: [
      { file: at('sharding/suspicion'), find: 'Math.max(since, steadySince)', replace: 'since' },
      { file: at('sharding/suspicion'), find: 'view.term === this.#term', replace: 'true' },
      {
        file: 'packages/store/dist/mongo-core/cluster.js',
        find: "{ _id: node, beat }, { $set: { status: 'dead' } }",
        replace: "{ _id: node }, { $set: { status: 'dead' } }",
      },
    ],
  },
  {
    name: 'claim-from-the-living',
    what: 'the desired owner claims a shard whoever has it',
    breaks: ['A84'],
    patches: [{ file: at('runtime/steward'), find: 'owner === null || !present.has(owner)', replace: 'true' }],
  },
  {
    name: 'release-before-rest',
    what: 'a shard is handed over while what was read from it is still under way',
    breaks: ['A84'],
    patches: [{ file: at('runtime/steward'), find: 'await actors.handOver(shard);', replace: '' }],
  },
  {
    name: 'epochs-begin-anew',
    what: 'a new generation counts the owners of its shards from 1: who finds a greater epoch in a log claims anew until it has a greater one',
    breaks: [],
    focus: GENERATIONS,
    patches: [
      {
        file: CATALOGUE,
        find: '$set: { owner: null, needs: 1 }, $max: { epoch } }',
        replace: '$set: { owner: null, needs: 1, epoch: 0 } }',
      },
    ],
  },
  {
    name: 'generation-kept',
    what: 'the number of shards changes, or a backup is restored, within a generation: who had seen more than the backup takes it for what comes next',
    breaks: ['I2', 'I8'],
    focus: GENERATIONS,
    patches: [
      {
        file: CATALOGUE,
        find: 'const renewed = { $set: { generation: this.#random.id(), shards, hash } };',
        replace: 'const renewed = { $set: { shards, hash } };',
      },
    ],
  },
];
