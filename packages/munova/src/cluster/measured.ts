/**
 * How long calls take, at the seams that the adapters ask through. Reads that wait and subscriptions are not measured:
 * their time says nothing.
 */
import type { Clock, RoomLog } from '@munova/contracts';
import type { RedisCommands } from '@munova/bus';
import type { MongoCommands } from '@munova/store/mongo-core';
import type { OwnershipMetrics, ProcessMetrics } from '../metrics.js';

type Measure = <T>(call: string, made: Promise<T>) => Promise<T>;

const measureBy =
  (clock: Clock, observe: ProcessMetrics['redis']): Measure =>
  async (call, made) => {
    const begun = clock.monotonic();
    const over = (outcome: 'ok' | 'failed'): void => observe((clock.monotonic() - begun) / 1_000, call, outcome);
    try {
      const result = await made;
      over('ok');
      return result;
    } catch (error) {
      over('failed');
      throw error;
    }
  };

export const measuredRedis = (
  commands: RedisCommands,
  clock: Clock,
  observe: ProcessMetrics['redis'],
): RedisCommands => {
  const measure = measureBy(clock, observe);
  return {
    get crossSlot() {
      return commands.crossSlot;
    },
    run: (script, keys, args) => measure(script, commands.run(script, keys, args)),
    read: (streams, count) => measure('read', commands.read(streams, count)),
    spublish: (channel, message) => measure('spublish', commands.spublish(channel, message)),
    openReader: () => commands.openReader(),
    openSubscriber: (listener) => commands.openSubscriber(listener),
  };
};

export const measuredMongo = (
  commands: MongoCommands,
  clock: Clock,
  observe: ProcessMetrics['mongo'],
): MongoCommands => {
  const measure = measureBy(clock, observe);
  return {
    insertMany: (...args) => measure('insertMany', commands.insertMany(...args)),
    find: (...args) => measure('find', commands.find(...args)),
    updateOne: (...args) => measure('updateOne', commands.updateOne(...args)),
    findOneAndUpdate: (...args) => measure('findOneAndUpdate', commands.findOneAndUpdate(...args)),
    bulkUpdate: (...args) => measure('bulkUpdate', commands.bulkUpdate(...args)),
    deleteMany: (...args) => measure('deleteMany', commands.deleteMany(...args)),
    openLine: () => commands.openLine(),
    term: () => measure('term', commands.term()),
  };
};

export const withMeasuredBarriers = (log: RoomLog, clock: Clock, metrics: OwnershipMetrics): RoomLog => {
  const measure = measureBy(clock, (seconds) => metrics.barrier(seconds));
  return {
    append: (commit) => log.append(commit),
    barrier: () => measure('barrier', log.barrier()),
    readAfter: (room, after, limit) => log.readAfter(room, after, limit),
    readPage: (room, bounds, limit) => log.readPage(room, bounds, limit),
    heads: (rooms) => log.heads(rooms),
    findOutcomes: (keys, now) => log.findOutcomes(keys, now),
  };
};
