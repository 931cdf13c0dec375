export { createActorNode, type ActorNode, type ActorNodeOptions } from './runtime/actor-node.js';
export { createClusterNode, type ClusterNode, type ClusterNodeOptions } from './runtime/cluster-node.js';
export { Lease, type LeaseEvents, type LeaseOptions } from './runtime/lease.js';
export type { ActorStore } from './runtime/environment.js';
export { DEFAULT_ACTOR_LIMITS, type ActorLimits } from './runtime/limits.js';
export { noActorMetrics, type ActorMetrics } from './runtime/metrics.js';
export { OwnedShards, type OwnershipListener } from './runtime/owned-shards.js';
export { Suspicion, type Look, type Suspect } from './sharding/suspicion.js';
export { ROOM_HASH, shardOf } from './sharding/shard-of.js';
