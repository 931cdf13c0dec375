/** The real actors behind the API: dispatcher, inbox, actor node and fan-out, all in this process. */
import { asEdgeId, asEpoch, decodePacked } from '@munova/contracts';
import { MemoryBus, MemoryStore, systemRuntime } from '@munova/contracts/memory';
import { packedListener } from '@munova/contracts/testing';
import { createActorNode, OwnedShards, shardOf } from '@munova/room-actors';
import { InboxDispatcher } from '../../src/inbound/inbox-dispatcher.js';
import { GENERATION, startHarness, TestLog } from './harness.js';
import type { Harness, HarnessOptions } from './harness.js';

const SHARDS = 4;
const EDGE = asEdgeId('edge-1');

export const startWithActors = async (options: HarnessOptions = {}): Promise<Harness> => {
  const log = new TestLog();
  const runtime = systemRuntime((name, error) => log.error({ error: String(error) }, name));
  const store = new MemoryStore(runtime);
  const bus = new MemoryBus(runtime);
  const node = createActorNode({
    runtime,
    store,
    stream: bus,
    log,
    generation: GENERATION,
    shards: SHARDS,
    owned: OwnedShards.all(SHARDS, asEpoch(1)),
  });
  const dispatcher = new InboxDispatcher({
    edge: EDGE,
    inbox: bus,
    runtime,
    shardOf: (room) => shardOf(room, SHARDS),
    onFault: (cause) => log.error({ error: String(cause) }, 'a port failed'),
    onRepeat: () => undefined,
    onAppended: () => undefined,
    onAnswered: () => undefined,
  });
  const subscription = await bus.subscribe(
    EDGE,
    packedListener((text) => {
      for (const item of decodePacked(text).items) if (item.item === 'reply') dispatcher.onReply(item);
    }),
  );
  node.start();
  const harness = await startHarness({ ...options, store, dispatcher: () => dispatcher });
  return {
    ...harness,
    close: async () => {
      await harness.close();
      await node.drain();
      await subscription.end();
    },
  };
};
