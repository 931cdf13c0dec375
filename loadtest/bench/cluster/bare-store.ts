/**
 * What the replica set takes without the product: `insertMany` of 256 documents as the product wrote them, with its
 * indexes, ordered, w: majority, j: true, by the driver in this process and with nothing else running.
 */
import { randomBytes } from 'node:crypto';
import { MongoClient, type Collection, type Document, type IndexDescription } from 'mongodb';
import type { ClusterServers } from '../../driver/cluster.js';
import { processorMicros } from '../../driver/process-stats.js';
import { quantile } from '../statistics.js';

const BATCH = 256;
const ROOMS = 64;
const WARM_UP_MS = 1_000;
const ID_BYTES = 16;

export interface BareFigures {
  readonly inFlight: number;
  readonly documentsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the three members for a document, µs. */
  readonly mongodMicros: number;
}

/** @param productUrl of a database in which the product has written messages */
export const benchBareStore = async (
  servers: ClusterServers,
  productUrl: string,
  inFlight: readonly number[],
  ms: number,
): Promise<readonly BareFigures[]> => {
  const client = await MongoClient.connect(productUrl);
  try {
    const messages = client.db().collection('messages');
    const sample = await messages.findOne({ kind: 'message' });
    if (sample === null) throw new Error('the product has written no message');
    const figures: BareFigures[] = [];
    for (const width of inFlight) {
      const name = `bare_${randomBytes(6).toString('hex')}`;
      const bare = client.db(name).collection<Document>('messages');
      await bare.createIndexes(indexesLike(await messages.indexes()));
      figures.push(await insert(servers, { bare, sample }, width, ms));
      await client.db(name).dropDatabase();
    }
    return figures;
  } finally {
    await client.close();
  }
};

const indexesLike = (indexes: readonly Document[]): IndexDescription[] =>
  indexes.filter(({ name }) => name !== '_id_').map(({ v: _v, ...index }) => index as IndexDescription);

const insert = async (
  { replicaSet }: ClusterServers,
  { bare, sample }: { readonly bare: Collection; readonly sample: Document },
  inFlight: number,
  ms: number,
): Promise<BareFigures> => {
  const ran = (): number => replicaSet.members.reduce((sum, { pid }) => sum + (pid ? processorMicros(pid) : 0), 0);
  let times: number[] = [];
  let running = true;
  const line = async (of: number): Promise<void> => {
    const rooms = Array.from({ length: ROOMS }, () => randomBytes(ID_BYTES).toString('base64url')).sort();
    for (let seq = 1; running; seq += BATCH / ROOMS) {
      const documents = rooms.flatMap((room) =>
        Array.from({ length: BATCH / ROOMS }, (_, i) => {
          return {
            ...sample,
            _id: randomBytes(ID_BYTES).toString('base64url') as never,
            room,
            seq: seq + i,
            epoch: of,
          };
        }),
      );
      const begun = performance.now();
      await bare.insertMany(documents, { ordered: true, writeConcern: { w: 'majority', journal: true } });
      times.push(performance.now() - begun);
    }
  };
  const lines = Array.from({ length: inFlight }, (_, i) => line(i));
  await pause(WARM_UP_MS);
  times = [];
  const [ranBefore, begun] = [ran(), performance.now()];
  await pause(ms);
  const documents = times.length * BATCH;
  const seconds = (performance.now() - begun) / 1_000;
  const mongodMicros = (ran() - ranBefore) / documents;
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  running = false;
  await Promise.all(lines);
  return { inFlight, documentsPerSecond: documents / seconds, p50, p99, mongodMicros };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
