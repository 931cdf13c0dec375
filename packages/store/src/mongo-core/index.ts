/** The store on MongoDB without its driver: the adapters, and the seam they ask through. */
export * from './commands.js';
export { mongoPortsOver, type MongoPorts } from './mongo-ports.js';
export { BY_ID, COLLECTIONS, COLLECTION_NAMES, DATE_FIELDS, MONGO_SCHEMA, type IndexSpec } from './schema.js';
