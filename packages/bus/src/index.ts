export { RedisInbox, type StreamCaps } from './redis-inbox.js';
export { RedisStream } from './redis-stream.js';
export { RedisFanOut } from './redis-fan-out.js';
export { shardKeys, type ShardKeys } from './keys.js';
export { slotOf } from './slots.js';
export {
  RedisRefusedError,
  RedisUnknownError,
  type BlockingReader,
  type RedisCommands,
  type ScriptName,
  type ShardSubscriber,
  type StreamPosition,
  type StreamReply,
  type SubscriberListener,
} from './commands.js';
