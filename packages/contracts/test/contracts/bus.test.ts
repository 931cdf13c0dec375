import { MemoryBus, systemRuntime } from '../../src/memory/index.js';
import { describeBus } from '../../src/testing/index.js';

describeBus('MemoryBus', {
  open: async () => {
    const bus = new MemoryBus(
      systemRuntime((name, error) => {
        throw new Error(`fault in ${name}`, { cause: error });
      }),
    );
    return { inbox: bus, stream: bus, fanOut: bus, dispose: async () => undefined };
  },
});
