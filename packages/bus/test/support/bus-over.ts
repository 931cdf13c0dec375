import { randomUUID } from 'node:crypto';
import { asGeneration } from '@munova/contracts';
import type { Bus } from '@munova/contracts/testing';
import { openRedisBus, type RedisBus } from '../../src/ioredis/index.js';
import { runtime } from './runtime.js';

const SHARDS = 64;

/** A bus whose keys nobody else has, in other processes either: a run shares one Redis. */
export const busOver = (url: string, shards = SHARDS): Promise<RedisBus> =>
  openRedisBus({ url, generation: asGeneration(randomUUID()), shards, runtime });

export const contractBusOver = async (url: string): Promise<Bus> => {
  const bus = await busOver(url);
  return { ...bus, dispose: async () => bus.close() };
};
