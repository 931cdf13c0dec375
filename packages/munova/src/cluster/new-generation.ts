import { nodeName, type ClusterRecord, type NodeRecord, type Runtime } from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import type { MongoStore } from '@munova/store/mongo';
import { liveMembers } from './live-members.js';

/**
 * Another generation of a deployment, for other shards or because a backup was restored. Of no process that lives: it
 * would go on with streams that nobody writes to any more.
 * @param shards null: as many as before
 * @param say told what is waited for
 * @throws where processes live, or left something that needs the former shards
 */
export const beginGeneration = async (
  store: Pick<MongoStore, 'log' | 'membership' | 'deployment' | 'projection'>,
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
  const wanted = shards ?? former.shards;
  if (wanted !== former.shards) await expectNothingOwed(store, former.shards);
  return store.deployment.beginGeneration(wanted, ROOM_HASH);
};

/** An intent names a shard, whose next owner finishes it: with other shards nobody might. */
const expectNothingOwed = async ({ projection }: Pick<MongoStore, 'projection'>, shards: number): Promise<void> => {
  const open = await projection.openIntents();
  if (open.length === 0) return;
  throw new Error(
    'processes ended before they had finished what they had begun: start the deployment once more ' +
      `with MUNOVA_SHARDS=${String(shards)}, stop it by SIGTERM, and do this again`,
  );
};

const namesOf = (nodes: readonly NodeRecord[]): string =>
  nodes
    .map(({ node }) => nodeName(node))
    .toSorted()
    .join(', ');
