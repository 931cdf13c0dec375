/** For test files: servers shared by the whole run. Faults want servers of one's own (`startRedis`, `startReplicaSet`). */
import { inject } from 'vitest';
import type {} from './global-setup.js';
import { ask, type SharedPath } from './shared-servers.js';

export { SERVERS_TIMEOUT_MS } from '../limits.js';
export { copyDatabase } from './copy-database.js';

const askShared = (path: SharedPath): Promise<unknown> => {
  const url = inject('munovaServers');
  if (url === undefined)
    throw new Error('this vitest project shares no servers: it lacks the globalSetup of @munova/servers');
  return ask(url, path);
};

/** A Redis for the whole run, started at the first call. Keep to keys of your own: a random generation, or a prefix. */
export const sharedRedis = async (): Promise<{ readonly url: string; readonly port: number }> =>
  (await askShared('/redis')) as { url: string; port: number };

/** A Redis Cluster for the whole run, started at the first call. Keep to keys of your own. */
export const sharedRedisCluster = async (): Promise<{
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
}> => (await askShared('/redis-cluster')) as { nodes: { host: string; port: number }[] };

/** A replica set of one for the whole run, started at the first call. Keep to a database of your own. */
export const sharedReplicaSet = async (): Promise<{ readonly uri: string }> =>
  (await askShared('/replica-set')) as { uri: string };
