/** Known ways to be wrong. Each must be found out, or borne where the product promises that. */
import { ACTOR_MUTANTS } from './mutants-actors.js';
import { CLUSTER_MUTANTS } from './mutants-cluster.js';
import { EDGE_MUTANTS } from './mutants-edge.js';
import { STORE_MUTANTS } from './mutants-store.js';
import type { MutantSpec } from './patches.js';

export const MUTANTS: readonly MutantSpec[] = [...STORE_MUTANTS, ...ACTOR_MUTANTS, ...CLUSTER_MUTANTS, ...EDGE_MUTANTS];

export const mutantNamed = (name: string): MutantSpec | null => MUTANTS.find((mutant) => mutant.name === name) ?? null;
