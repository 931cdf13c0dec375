import { MemoryStore, systemRuntime } from '../../src/memory/index.js';
import { describeStore, type StoreFactory } from '../../src/testing/index.js';

const memory: StoreFactory = {
  durable: false,
  makePlace: async () => ({
    open: async () =>
      new MemoryStore(
        systemRuntime((name, error) => {
          throw new Error(`fault in ${name}`, { cause: error });
        }),
      ),
    remove: async () => undefined,
  }),
};

describeStore('MemoryStore', memory);
