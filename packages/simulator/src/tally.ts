import type { FaultKind } from './plan.js';

/** Situations that a set of runs must have met before its silence means something. */
export const COVERAGE = [
  'restart with an append in flight',
  'append of a dead node lands behind its successor’s take-over',
  'duplicate found after a lost reply',
  'conflict met and planned again',
  'refusal repeated',
  'gap repaired by heads',
  'gap repaired by a heartbeat’s heads',
  'gap repaired by the next entry',
  'watch lost and announced again',
  'silence met and subscribed again',
  'slow consumer caught up',
  'later answered',
  'batch repeated',
  'intent found open by a successor',
  'take-over of a dead owner',
  'take-over with a batch in flight',
  'stale owner refused by seq',
  'stale owner refused by fence',
  'lease ran out and came back as another incarnation',
  'node taken for dead',
  'shard handed over',
  'store stalled longer than a lease, and nobody was taken for dead',
  'actor node drained',
  'new generation begun',
  'older backup restored',
  'history of a former generation let go',
  'edge drained',
  'edge died with calls under way',
  'room passivated or forgotten and read again',
  'an election undid what no majority had',
  'Redis failed over with batches waiting',
  'Redis lost batches that waited',
  'own departure ended a subscription',
  'typing told',
  'inbox told of a room',
  'capacity refused',
] as const;
export type Coverage = (typeof COVERAGE)[number];

export interface Counts {
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly coverage: ReadonlyMap<Coverage, number>;
}

/** Counts what happened in one run, or in many. */
export class Tally implements Counts {
  readonly faults = new Map<FaultKind, number>();
  readonly coverage = new Map<Coverage, number>(COVERAGE.map((name) => [name, 0]));

  fault(kind: FaultKind): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  met(name: Coverage): void {
    this.coverage.set(name, (this.coverage.get(name) ?? 0) + 1);
  }

  add(other: Counts): void {
    for (const [kind, count] of other.faults) this.faults.set(kind, (this.faults.get(kind) ?? 0) + count);
    for (const [name, count] of other.coverage) this.coverage.set(name, (this.coverage.get(name) ?? 0) + count);
  }
}
