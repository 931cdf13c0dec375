/** What a peer of the bus's benchmark is told, as JSON in its one argument. */
export interface BusPeerOptions {
  readonly role: 'edge' | 'actor';
  readonly redis: string;
  readonly generation: string;
  readonly shards: number;
  /** Messages of one batch. */
  readonly perBatch: number;
  /** Messages that the edge has under way. */
  readonly window: number;
}

/** What it tells when it is asked, by any message. */
export interface BusCount {
  /** Messages that came back to the edge. */
  readonly messages: number;
  /** ms of each since it was asked last. */
  readonly times: readonly number[];
}
