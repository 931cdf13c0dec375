export { openMongoCommands, type OpenMongoCommands } from './open-mongo-commands.js';
export { migrateMongo } from './migrate-mongo.js';
export { openMongoStore, type MongoStore, type MongoStoreOptions } from './open-mongo-store.js';
export type { MongoPlace } from './connect.js';
export { StoreStartError, type StoreStartCode } from '../start-error.js';
