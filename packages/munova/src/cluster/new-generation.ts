import { nodeName, type ClusterRecord, type NodeRecord, type Runtime } from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import type { MongoStore } from '@munova/store/mongo';
import { liveMembers } from './live-members.js';

/**
 * Another generation of a deployment, for other shards or because a backup was restored. Of no process that lives: it
 * would go on with streams that nobody writes to any more.
 * @param shards null: as many as before
 * @param say told what is waited for
 * @throws where processes live
 */
export const beginGeneration = async (
  store: Pick<MongoStore, 'log' | 'membership' | 'deployment'>,
  runtime: Pick<Runtime, 'clock' | 'timers'>,
  former: ClusterRecord,
  shards: number | null,
  say: (line: string) => void,
): Promise<ClusterRecord> => {
  const live = await liveMembers(store, runtime, (nodes) => {
    say(`waiting to see whether ${namesOf(nodes)} ${nodes.length === 1 ? 'is' : 'are'} gone`);
  });
  if (live.length > 0) {
    throw new Error(`a new generation is for a deployment of which no process runs; running: ${namesOf(live)}`);
  }
  return store.deployment.beginGeneration(shards ?? former.shards, ROOM_HASH);
};

const namesOf = (nodes: readonly NodeRecord[]): string =>
  nodes
    .map(({ node }) => nodeName(node))
    .toSorted()
    .join(', ');
