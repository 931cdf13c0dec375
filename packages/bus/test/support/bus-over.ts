import { asGeneration } from '@munova/contracts';
import { fresh, type Bus } from '@munova/contracts/testing';
import { openRedisBus, type RedisBus } from '../../src/ioredis/index.js';
import { runtime } from './runtime.js';

const SHARDS = 64;

/** A bus whose keys nobody else has. */
export const busOver = (url: string, shards = SHARDS): Promise<RedisBus> =>
  openRedisBus({ url, generation: asGeneration(fresh('g')), shards, runtime });

export const contractBusOver = async (url: string): Promise<Bus> => {
  const bus = await busOver(url);
  return { ...bus, dispose: async () => bus.close() };
};
