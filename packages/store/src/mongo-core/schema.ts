import type { CollectionName, Filter, Sort } from './commands.js';

export interface IndexSpec {
  readonly name: string;
  readonly keys: Sort;
  readonly unique?: true;
  /** Only documents that this finds are in the index. */
  readonly where?: Filter;
  /** Documents are deleted by the server once the moment in the index's one field has passed. */
  readonly expiring?: true;
}

/** Counts the changes of what follows; a store of another number is not opened. */
export const MONGO_SCHEMA = 1;

/** The index that makes a room's log a compare-and-append register. */
const BY_PLACE = 'by_place';
/** MongoDB's own, of every collection. */
export const BY_ID = '_id_';

/** Fields that are epoch ms here and dates to the server, which deletes what has expired. */
export const DATE_FIELDS: ReadonlySet<string> = new Set(['expires']);

const ofText = (field: string): Filter => ({ [field]: { $gt: '' } });

/** Every collection with its indexes beside that of the ids. */
export const COLLECTIONS: Readonly<Record<CollectionName, readonly IndexSpec[]>> = {
  // Entries of all room logs; registered outcomes, without a seq but with a time of expiry; open intents.
  messages: [
    { name: BY_PLACE, keys: { room: 1, seq: 1 }, unique: true, where: { seq: { $exists: true } } },
    { name: 'by_expiry', keys: { expires: 1 }, where: { expires: { $exists: true } }, expiring: true },
    { name: 'open_intents', keys: { shard: 1 }, where: { shard: { $exists: true } } },
  ],
  rooms: [
    { name: 'by_term', keys: { terms: 1 } },
    // By type first: a search among groups must not read its way through the inquiries.
    { name: 'by_latest', keys: { type: 1, latest: -1, _id: 1 } },
    { name: 'by_members', keys: { type: 1, memberCount: -1, _id: 1 } },
    { name: 'by_name', keys: { type: 1, name: 1, _id: 1 } },
    { name: 'by_creation', keys: { type: 1, createdAt: -1, _id: 1 } },
    { name: 'by_owner', keys: { ownerId: 1, latest: -1, _id: 1 }, where: ofText('ownerId') },
    { name: 'by_buyer', keys: { buyerId: 1, latest: -1, _id: 1 }, where: ofText('buyerId') },
    { name: 'by_seller', keys: { sellerId: 1, latest: -1, _id: 1 }, where: ofText('sellerId') },
  ],
  memberships: [
    { name: 'by_joining', keys: { room: 1, joinedAt: 1, user: 1 }, where: { status: 'joined' } },
    { name: 'by_user', keys: { user: 1, room: 1 }, where: { status: 'joined' } },
  ],
  readMarks: [],
  names: [
    { name: 'by_room', keys: { room: 1 } },
    { name: 'unsettled', keys: { at: 1, _id: 1 }, where: { settled: false } },
  ],
  products: [{ name: 'by_term', keys: { terms: 1, _id: 1 } }],
  tags: [],
  deployment: [],
  nodes: [],
  shards: [],
};

export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as CollectionName[];
