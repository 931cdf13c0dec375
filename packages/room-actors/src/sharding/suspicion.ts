/**
 * Which members an observer may call dead. When the store stalls, every lease looks as if it had ended;
 * so an observer trusts only what it saw while its own lease was renewed without a gap. Invariants:
 * 1. A member is suspected only after its beat was the same for LEASE_TTL_MS of the observer's own clock,
 *    from the arrival of the first sight to the sending of the last look.
 * 2. Nothing seen under another term, or before the observer's own steadiness began, counts.
 */
import { LEASE_TTL_MS, type ClusterView, type NodeId } from '@munova/contracts';

/** When a look at the members was sent and when its answer came, monotonic ms. */
export interface Look {
  readonly sentAt: number;
  readonly receivedAt: number;
}

interface Sighting {
  readonly beat: number;
  readonly since: number;
}

export interface Suspect {
  readonly node: NodeId;
  readonly beat: number;
}

export class Suspicion {
  #term: string | null = null;
  #sightings = new Map<NodeId, Sighting>();

  /** @param steadySince when the observer's unbroken run of renewals began, monotonic ms */
  observe(view: ClusterView, look: Look, steadySince: number): readonly Suspect[] {
    const before = view.term === this.#term ? this.#sightings : new Map<NodeId, Sighting>();
    const sightings = new Map<NodeId, Sighting>();
    const suspects: Suspect[] = [];
    for (const { node, beat, status } of view.nodes) {
      if (status === 'dead') continue;
      const seen = before.get(node);
      const since = seen?.beat === beat ? seen.since : look.receivedAt;
      sightings.set(node, { beat, since });
      if (look.sentAt - Math.max(since, steadySince) >= LEASE_TTL_MS) suspects.push({ node, beat });
    }
    this.#term = view.term;
    this.#sightings = sightings;
    return suspects;
  }
}
