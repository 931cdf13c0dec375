/** The adapters of the bus over a fake Redis keep the contract of the ports, as over a real one. */
import { asGeneration } from '@munova/contracts';
import { describeBus, type Bus } from '@munova/contracts/testing';
import { RedisFanOut, RedisInbox, RedisStream } from '@munova/bus';
import { FakeRedis } from '../../src/fakes/redis/index.js';
import { callerOn, promptRuntime } from './support/caller.js';

const SHARDS = 64;
const runtime = promptRuntime();

/** Edges and actors are processes of their own, as in a cluster. */
const open = async (masters?: number): Promise<Bus> => {
  const redis = new FakeRedis({ ...runtime, ...(masters !== undefined && { masters }) });
  const generation = asGeneration('1');
  const [edge, actors] = ['edge', 'actors'].map((name) => redis.commandsOf(callerOn(runtime, name)));
  if (edge === undefined || actors === undefined) throw new Error('two processes were asked for');
  const stream = new RedisStream(actors, generation, runtime);
  const fanOut = new RedisFanOut(edge, generation, SHARDS, runtime);
  const dispose = async (): Promise<void> => {
    stream.close();
    fanOut.close();
  };
  return { inbox: new RedisInbox(edge, generation), stream, fanOut, dispose };
};

describeBus('fake Redis', { open: () => open() });
describeBus('fake Redis Cluster', { open: () => open(3) });
