import type { Generation } from '@munova/contracts';

/** What the cluster record of a simulated deployment says now. */
export interface ClusterShape {
  readonly generation: Generation;
  readonly shards: number;
}
