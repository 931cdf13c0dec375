import { readConfig } from '../config.js';
import { createLog } from '../logger.js';
import { startActors } from '../cluster/actors.js';
import { listenFailure } from '../process/addresses.js';
import { runProcess } from '../process/run-process.js';

export interface ClusterCommandOptions {
  readonly redis?: string;
  readonly mongo?: string;
  readonly nodeId?: string;
  readonly httpPort?: string;
  readonly host?: string;
  readonly dataDir?: string;
}

/** The options by the names of the configuration. */
export const settingsOf = <O extends Pick<ClusterCommandOptions, 'redis' | 'mongo'>>({ redis, mongo, ...rest }: O) => ({
  ...rest,
  redisUrl: redis,
  mongoUrl: mongo,
});

/** Runs an actor node of a cluster until a signal. @returns the exit code */
export const actors = async (options: ClusterCommandOptions): Promise<number> => {
  const config = readConfig(settingsOf(options));
  const log = createLog(config.logLevel, 'actors');
  return runProcess('actors', log, async (stopping) => {
    try {
      return await startActors(config, log, stopping);
    } catch (error) {
      throw listenFailure(config, error);
    }
  });
};
