import { readConfig } from '../config.js';
import { demoOf } from '../demo.js';
import { createLog } from '../logger.js';
import { startEdge } from '../cluster/edge.js';
import { listenFailure } from '../process/addresses.js';
import { runProcess } from '../process/run-process.js';
import { ensureJwtSecret } from '../secrets.js';
import { settingsOf, type ClusterCommandOptions } from './actors.js';

export interface EdgeCommandOptions extends ClusterCommandOptions {
  readonly tcpPort?: string;
}

/** Runs an edge of a cluster until a signal. @returns the exit code */
export const edge = async (options: EdgeCommandOptions): Promise<number> => {
  const config = readConfig(settingsOf(options));
  const log = createLog(config.logLevel, 'edge');
  return runProcess('edge', log, async (stopping) => {
    try {
      return await startEdge(config, config.demo ? demoOf(ensureJwtSecret(config)) : null, log, stopping);
    } catch (error) {
      throw listenFailure(config, error);
    }
  });
};
