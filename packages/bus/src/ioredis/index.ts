/** The bus over a real Redis. */
export {
  openRedisBus,
  openRedisCommands,
  type RedisBus,
  type RedisBusOptions,
  type RedisTrouble,
} from './open-redis-bus.js';
export { RedisOpenError, type RedisOpenReason } from './open-error.js';
