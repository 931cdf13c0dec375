/** Known ways to be wrong. Each must be found out, or borne where the product promises that. */
import { ACTOR_MUTANTS } from './mutants-actors.js';
import { CLUSTER_MUTANTS, RIVALS } from './mutants-cluster.js';
import { EDGE_MUTANTS } from './mutants-edge.js';
import { STORE_MUTANTS } from './mutants-store.js';
import type { MutantSpec } from './patches.js';

/** Switched on in the world around the product and never in it. */
const WORLD_MUTANTS = {
  'duplicate-as-success': { what: 'the store answers a conflict as if it had written', breaks: ['I4'] },
  'blind-append': {
    what: 'the store appends at whatever the head is, not at the seq it was given',
    breaks: ['I4', 'I7', 'C2'],
    focus: RIVALS,
  },
  'ids-not-unique': { what: 'the store takes a second entry of the same (room, sender, cmid)', breaks: ['I3', 'I12'] },
  'no-look-up': { what: 'the store finds no outcome by id', breaks: ['I11'] },
  'early-answer': { what: 'the store answers an append before it is durable, and may lose it then', breaks: ['I4'] },
  'refusals-forgotten': { what: 'the store does not keep refusals and no-ops', breaks: ['I12', 'I6'] },
  'stale-reads': { what: 'reads of the log never see its last entry', breaks: ['I5', 'V20'] },
  'no-heads': { what: 'no head is told: the store answers with nothing, and heartbeats hold none', breaks: ['I5'] },
  'frames-reversed': { what: 'the stream gives the frames of a batch in the opposite order', breaks: ['I6'] },
  'epoch-goes-back': { what: 'a restarted node gets a smaller epoch', breaks: ['I7', 'I11'] },
  'projection-lost': { what: 'what is projected is not kept', breaks: ['I2', 'A2', 'A25'] },
  'fan-out-reordered': { what: 'the fan-out changes the order within a shard', breaks: [] },
} as const;

/** The name of one that the world plays. */
export type Mutant = keyof typeof WORLD_MUTANTS;

export const MUTANTS: readonly MutantSpec[] = [
  ...Object.entries(WORLD_MUTANTS).map(([name, spec]) => ({ name, ...spec })),
  ...STORE_MUTANTS,
  ...ACTOR_MUTANTS,
  ...CLUSTER_MUTANTS,
  ...EDGE_MUTANTS,
];

export const mutantNamed = (name: string): MutantSpec | null => MUTANTS.find((mutant) => mutant.name === name) ?? null;

/** What the world has to play; null where the product is patched. */
export const playedByWorld = ({ name }: MutantSpec): Mutant | null =>
  Object.hasOwn(WORLD_MUTANTS, name) ? (name as Mutant) : null;
