import type { Connection } from 'mongoose';
import { MONGO_SCHEMA } from '../mongo-core/index.js';
import { StoreStartError } from '../start-error.js';
import { TAG_TREE } from '../tag-tree.js';
import { connect, startErrorOf, type MongoPlace } from './connect.js';
import { CONFIRM_MS } from './limits.js';
import { modelsOn } from './models.js';

const DURABLE = { writeConcern: { w: 'majority', journal: true, wtimeoutMS: CONFIRM_MS } } as const;
/** The document that tells the schema's number, among those of the deployment. */
const SCHEMA_ID = 'schema';

/**
 * Makes what the store needs: collections, indexes, the tag tree, the schema's number last. Doing it again,
 * or in several processes at once, changes nothing; tags that were changed since stay as they are.
 * @throws {StoreStartError}
 */
export const migrateMongo = async (place: MongoPlace): Promise<void> => {
  const connection = await connect(place);
  try {
    await expectKnownSchema(connection, place.database);
    for (const model of modelsOn(connection)) {
      await model.createCollection();
      await model.createIndexes();
    }
    const database = connection.getClient().db(place.database);
    const tags = TAG_TREE.map(({ id, ...tag }) => ({
      updateOne: { filter: { _id: id }, update: { $setOnInsert: tag }, upsert: true },
    }));
    if ((await schemaOf(connection, place.database)) === null) {
      await database.collection<{ _id: string }>('tags').bulkWrite(tags, DURABLE);
    }
    await database
      .collection<{ _id: string }>('deployment')
      .updateOne({ _id: SCHEMA_ID }, { $max: { version: MONGO_SCHEMA } }, { upsert: true, ...DURABLE });
  } catch (error) {
    throw startErrorOf(error, place.database);
  } finally {
    await connection.close();
  }
};

/** @throws {StoreStartError} `not-migrated`, `schema-newer`. */
export const expectMigrated = async (connection: Connection, database: string): Promise<void> => {
  await expectKnownSchema(connection, database);
  const missing: string[] = [];
  for (const model of modelsOn(connection)) {
    const { toCreate } = await model.diffIndexes({ indexOptionsToCreate: true });
    missing.push(...toCreate.map((index) => `${model.collection.name} ${JSON.stringify(index)}`));
  }
  if ((await schemaOf(connection, database)) !== MONGO_SCHEMA) missing.push(`schema ${String(MONGO_SCHEMA)}`);
  if (missing.length === 0) return;
  throw new StoreStartError(
    'not-migrated',
    `The MongoDB database ${database} lacks ${missing.join(', ')}. Migrate it before anything is started on it.`,
  );
};

const expectKnownSchema = async (connection: Connection, database: string): Promise<void> => {
  const found = await schemaOf(connection, database);
  if (found === null || found <= MONGO_SCHEMA) return;
  throw new StoreStartError(
    'schema-newer',
    `The MongoDB database ${database} has schema version ${String(found)}, and this version of the product knows ` +
      `versions up to ${String(MONGO_SCHEMA)}. Start the product that wrote it, or restore a backup from before the upgrade.`,
  );
};

const schemaOf = async (connection: Connection, database: string): Promise<number | null> => {
  const deployment = connection.getClient().db(database).collection<{ _id: string; version: number }>('deployment');
  const found = await deployment.findOne({ _id: SCHEMA_ID }, { readConcern: { level: 'majority' } });
  return found?.version ?? null;
};
