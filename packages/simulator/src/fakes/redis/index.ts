export { FakeRedis, type FakeRedisOptions } from './fake-redis.js';
export type { FakeCall, FakeCaller, FakeMessage, Fate, MessageFate } from './network.js';
