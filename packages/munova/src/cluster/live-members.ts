/**
 * Which processes of a deployment live, as an operator's command can tell who is no member itself. Invariants:
 * 1. A member lives if its lease was renewed since it was first seen.
 * 2. It counts as gone only as others would take it for dead: not renewed for LEASE_TTL_MS in which this command's own
 *    writes were confirmed without a gap. A store that takes no writes makes all leases look as if they had ended.
 */
import { LEASE_TTL_MS, pause, type NodeId, type NodeRecord, type Runtime } from '@munova/contracts';
import { Suspicion } from '@munova/room-actors';
import type { MongoStore } from '@munova/store/mongo';

/** Between two looks, ms. */
const LOOK_MS = 500;
/** Confirmed writes further apart than this prove nothing of what was between them, ms. */
const GAP_MS = LEASE_TTL_MS / 2;
/** An unsteady store is waited for so long, ms. */
const PATIENCE_MS = 5 * LEASE_TTL_MS;

/** @param onWait told once of members whose leases are waited for. @throws where the store was too unsteady to tell */
export const liveMembers = async (
  { log, membership }: Pick<MongoStore, 'log' | 'membership'>,
  { clock, timers }: Pick<Runtime, 'clock' | 'timers'>,
  onWait: (nodes: readonly NodeRecord[]) => void,
): Promise<readonly NodeRecord[]> => {
  const suspicion = new Suspicion();
  const first = new Map<NodeId, number>();
  const begun = clock.monotonic();
  let [steadySince, confirmedAt] = [begun, begun];
  for (;;) {
    await log.barrier();
    const sentAt = clock.monotonic();
    if (sentAt - confirmedAt > GAP_MS) steadySince = sentAt;
    confirmedAt = sentAt;
    const view = await membership.view();
    const members = view.nodes.filter(({ status }) => status !== 'dead');
    const live = members.filter(({ node, beat }) => (first.get(node) ?? beat) !== beat);
    if (live.length > 0) return live;
    if (first.size === 0 && members.length > 0) onWait(members);
    for (const { node, beat } of members) first.set(node, beat);
    const gone = suspicion.observe(view, { sentAt, receivedAt: clock.monotonic() }, steadySince);
    if (gone.length === members.length) return [];
    if (sentAt - begun > PATIENCE_MS) {
      throw new Error('the store is too unsteady to tell whether processes live: try again when it is calm');
    }
    await pause(timers, LOOK_MS);
  }
};
