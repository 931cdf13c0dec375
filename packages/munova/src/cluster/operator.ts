import { readConfig } from '../config.js';
import { createLog } from '../logger.js';
import { processRuntime } from '../process/runtime.js';
import { openCluster, type OpenCluster } from './open-cluster.js';

export interface OperatorOptions {
  readonly redis?: string;
  readonly mongo?: string;
}

/** Opens the cluster for an operator's command, who waits for nothing, and closes it behind it. */
export const asOperator = async <T>(
  { redis, mongo }: OperatorOptions,
  work: (cluster: OpenCluster) => Promise<T>,
): Promise<T> => {
  const config = readConfig({ redisUrl: redis, mongoUrl: mongo });
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, 'operator');
  const stopping = new AbortController().signal;
  const cluster = await openCluster({ config, runtime: processRuntime(log), log, stopping, patienceMs: 0 });
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
};
