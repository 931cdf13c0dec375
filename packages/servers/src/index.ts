/** Real Redis and MongoDB servers for development and tests: found or fetched, started, and stopped without remains. */
export type { Places } from './config.js';
export { freePorts } from './ports.js';
export { Programs } from './program.js';
export type { NodeProgram, Program } from './program.js';
export type { Exit } from './guard-protocol.js';
export { ServerNotFound, ServerStartError } from './errors.js';
export type { Binary } from './find/find.js';
export { findK6 } from './k6.js';
export { findRedisServer, startRedis } from './redis.js';
export type { RedisOptions, StartedRedis } from './redis.js';
export { findMongod, startLoneMongod, startReplicaSet } from './replica-set.js';
export type { ReplicaSetOptions, StartedMongod, StartedReplicaSet } from './replica-set.js';
export type { ServerProcess } from './server-process.js';
export { startRedisCluster } from './redis-cluster.js';
export type { RedisClusterOptions, StartedRedisCluster } from './redis-cluster.js';
export { TcpProxy } from './tcp-proxy.js';
export type { ProxyConditions } from './tcp-proxy.js';
export type { FlowMode } from './proxy-flow.js';
