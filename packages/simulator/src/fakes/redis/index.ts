export { FakeRedis, type FakeRedisOptions } from './fake-redis.js';
export type { FakeCall, FakeCaller, Fate } from './network.js';
