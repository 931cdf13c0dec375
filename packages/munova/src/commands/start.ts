import { StoreStartError } from '@munova/store';
import { type Config, ConfigError, readConfig } from '../config.js';
import { demoOf } from '../demo.js';
import { createLog, type ProcessLog } from '../logger.js';
import { clientAddresses, listenFailure } from '../process/addresses.js';
import { runProcess } from '../process/run-process.js';
import { ensureJwtSecret } from '../secrets.js';
import { needsSeed, seedShop } from '../seed/seed.js';
import { removeServerAddress, writeServerAddress } from '../server-address.js';
import { type Standalone, startStandalone } from '../standalone.js';

export interface StartCommandOptions {
  readonly httpPort?: string;
  readonly tcpPort?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly demo?: boolean;
}

/** Starts the product in one process and runs until a signal. @returns the exit code */
export const start = async (options: StartCommandOptions): Promise<number> => {
  const { demo, ...flags } = options;
  // The sample shop is the only thing that the option adds to the variable.
  const config = readConfig(demo === true ? { ...flags, demo: '1' } : flags);
  const log = createLog(config.logLevel, 'standalone');
  const secret = ensureJwtSecret(config);
  return runProcess('standalone', log, async () => {
    const server = await begin(config, secret, log);
    const ready = clientAddresses(config, server.address);
    try {
      if (demo === true && (await needsSeed(ready.http, secret))) {
        log.info({ ...(await seedShop(ready.http, secret)) }, 'the sample shop is loaded');
      }
      writeServerAddress(config, ready.http);
    } catch (error) {
      await server.drain();
      throw error;
    }
    const drain = (): Promise<void> => {
      removeServerAddress(config);
      return server.drain();
    };
    return { ready, ended: server.storeEnded, drain };
  });
};

const begin = async (config: Config, secret: string, log: ProcessLog): Promise<Standalone> => {
  try {
    return await startStandalone(config, secret, config.demo ? demoOf(secret) : null, log);
  } catch (error) {
    if (!(error instanceof StoreStartError)) throw listenFailure(config, error);
    const allowed = `a folder that can be used: ${error.message}`;
    throw new ConfigError('MUNOVA_DATA_DIR', JSON.stringify(config.dataDir), allowed);
  }
};
