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

export const CLUSTER_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'lease-from-receipt',
    what: 'a lease counts from the answer of its renewal, not from its sending',
    breaks: ['A83', 'A84'],
    focus: { actors: 3, durationMs: 24_000, faults: { 'store-slow': 0.3, 'actor-cut': 0.04 } },
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
    what: 'a member is dead once its beat stands still, whether or not the observer was cut off itself',
    breaks: ['A83'],
    focus: { actors: 3, durationMs: 24_000, faults: { 'store-outage': 0.1 } },
    patches: [{ file: at('sharding/suspicion'), find: 'Math.max(since, steadySince)', replace: 'since' }],
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
    patches: [{ file: at('runtime/steward'), find: 'await handOver(shard);', replace: '' }],
  },
];
