import type { ShardStream } from '@munova/contracts';
import type { OwnedShards } from '@munova/room-actors';
import type { ShardStates } from '../metrics.js';

/** The shards of this process, for its metrics. Never rejects. */
export const shardStates = async (
  owned: OwnedShards,
  stream: Pick<ShardStream, 'lag'>,
  watches: number,
): Promise<ShardStates> => {
  const epochs = owned.epochs();
  const lag = await stream.lag([...epochs.keys()]).catch(() => null);
  return { epochs, lag, watches };
};
