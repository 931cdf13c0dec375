/** Where the time of one message goes: means in ms, which add up. */
import { meanBetween, type Samples } from './metrics.js';

export interface Stages {
  /** Client, sockets and the edge's own work on the way in and out: what the parts below do not explain. */
  readonly clientAndSockets: number;
  /** At the edge: a batch begun until it is in the stream. */
  readonly append: number;
  /** — the call to Redis. */
  readonly appendCall: number;
  /** In the stream until it is read, and from Redis back to the edge: what the actor does not explain. */
  readonly underWay: number;
  /** Read and waiting for a group commit. */
  readonly wait: number;
  /** The insert with w: majority, j: true. */
  readonly insert: number;
  /** Durable until the stream commit that publishes it is done. */
  readonly publish: number;
  /** — the call to Redis. */
  readonly publishCall: number;
  /** Documents of a group commit, mean. */
  readonly documents: number;
  /** Batches of one read, mean. */
  readonly readBatches: number;
}

export interface Looks {
  readonly edges: readonly [Samples, Samples];
  readonly actors: readonly [Samples, Samples];
}

/** @param receiptMean ms, at the client */
export const stagesOf = ({ edges, actors }: Looks, receiptMean: number): Stages => {
  const ms = (looks: readonly [Samples, Samples], name: string, labels?: string): number =>
    meanBetween(...looks, name, labels).mean * 1_000;
  const append = ms(edges, 'munova_append_seconds');
  const answer = ms(edges, 'munova_answer_seconds');
  const wait = ms(actors, 'munova_command_wait_seconds');
  const insert = ms(actors, 'munova_commit_seconds');
  const publish = ms(actors, 'munova_publish_seconds');
  const [before, after] = actors;
  const reads = meanBetween(before, after, 'munova_redis_seconds', '{call="read",outcome="ok"}').count;
  const batches =
    (after.get('munova_inbox_batches_read_total') ?? 0) - (before.get('munova_inbox_batches_read_total') ?? 0);
  return {
    clientAndSockets: receiptMean - append - answer,
    append,
    appendCall: ms(edges, 'munova_redis_seconds', '{call="append",outcome="ok"}'),
    underWay: answer - wait - insert - publish,
    wait,
    insert,
    publish,
    publishCall: ms(actors, 'munova_redis_seconds', '{call="commit",outcome="ok"}'),
    documents: meanBetween(before, after, 'munova_commit_documents').mean,
    readBatches: reads === 0 ? 0 : batches / reads,
  };
};
