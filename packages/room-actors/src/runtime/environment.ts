import type { Generation, Log, Runtime, ShardStream, Store } from '@munova/contracts';
import type { Authority } from './authority.js';
import type { ActorLimits } from './limits.js';
import type { ActorMetrics } from './metrics.js';

/** The ports of a store that the actors use. */
export type ActorStore = Pick<Store, 'log' | 'projection' | 'directory' | 'memberships' | 'names'>;

/** What every part of an actor node is given. */
export interface Environment {
  readonly runtime: Runtime;
  readonly store: ActorStore;
  readonly stream: ShardStream;
  readonly log: Log;
  readonly metrics: ActorMetrics;
  readonly limits: ActorLimits;
  readonly generation: Generation;
  readonly authority: Authority;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
