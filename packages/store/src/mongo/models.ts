import mongoose, { type Connection, type Model } from 'mongoose';
import {
  COLLECTIONS,
  COLLECTION_NAMES,
  DATE_FIELDS,
  type CollectionName,
  type IndexSpec,
} from '../mongo-core/index.js';

/** A model holds a collection's indexes. Documents go by the driver beneath: their shapes are the adapters' own. */
export const modelsOn = (connection: Connection): readonly Model<unknown>[] =>
  COLLECTION_NAMES.map((name) => connection.model<unknown>(name, schemaOf(name), name));

const schemaOf = (name: CollectionName): mongoose.Schema => {
  const dates = name === 'messages' ? [...DATE_FIELDS].map((field) => [field, Date] as const) : [];
  const schema = new mongoose.Schema(Object.fromEntries(dates), {
    _id: false,
    strict: false,
    versionKey: false,
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
  });
  for (const index of COLLECTIONS[name]) schema.index(index.keys, indexOptions(index));
  return schema;
};

const indexOptions = ({ name, unique, where, expiring }: IndexSpec): mongoose.IndexOptions => ({
  name,
  ...(unique === true && { unique }),
  ...(where !== undefined && { partialFilterExpression: { ...where } }),
  ...(expiring === true && { expireAfterSeconds: 0 }),
});
