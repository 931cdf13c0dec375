import { environmentWith } from './config.js';
import type { Binary } from './find/find.js';
import { Guard } from './guarded.js';
import { START_TRIES } from './limits.js';
import { Program } from './program.js';

interface ServerSpec {
  /** Unique in its guard. */
  readonly name: string;
  readonly port: number;
  readonly binary: Binary;
  readonly args: readonly string[];
  /** Whether it answers. A failure means "not yet". */
  readonly answers: (port: number) => Promise<boolean>;
}

/** One server: a process on a port of its own, with a folder of its own. */
export class ServerProcess extends Program {
  readonly host = '127.0.0.1';
  readonly port: number;

  constructor(guard: Guard, { name, port, binary, args, answers }: ServerSpec) {
    super(guard, {
      name,
      what: `${name} on port ${port}`,
      command: { path: binary.path, args, env: environmentWith(binary.env), stderr: 'log' },
      isReady: () => answers(port),
    });
    this.port = port;
  }
}

/**
 * Runs `start` with a guard of its own; when that fails, everything it started is gone again. Where a port was taken
 * in between, it is tried again, on others.
 */
export const underGuard = async <T>(start: (guard: Guard) => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    const guard = await Guard.start();
    try {
      return await start(guard);
    } catch (error) {
      await guard.close();
      const wasTaken = error instanceof Error && /address already in use/i.test(error.message);
      if (!wasTaken || tries >= START_TRIES) throw error;
    }
  }
};
