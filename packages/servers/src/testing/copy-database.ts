import { MongoClient } from 'mongodb';

/**
 * Puts what is in one database of a replica set into another one, whose own documents go and whose indexes stay. As a
 * dump and its restoring do, of a database that nobody writes to meanwhile; a collection at a time, so it is no moment
 * of one that somebody does.
 */
export const copyDatabase = async (uri: string, from: string, to: string): Promise<void> => {
  const client = new MongoClient(uri);
  try {
    const collections = await client.db(from).listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of collections) {
      const out = { $out: { db: to, coll: name } };
      await client
        .db(from)
        .collection(name)
        .aggregate([out], { writeConcern: { w: 'majority' } })
        .toArray();
    }
  } finally {
    await client.close();
  }
};
