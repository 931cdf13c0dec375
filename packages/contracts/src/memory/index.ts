/** Everything that a process needs in order to run by itself: store, inbox and fan-out in memory. */
export { MemoryBus } from './memory-bus.js';
export { MemoryMembership, MemoryOwnership } from './memory-cluster.js';
export { MemoryStore } from './memory-store.js';
export type { InboxCaps } from './shard-queue.js';
export { systemRuntime, type FaultHandler } from '../system/index.js';
