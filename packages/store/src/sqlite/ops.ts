/**
 * Everything that the store's thread can be asked, by name: the one list from which both sides of
 * the thread boundary take their types. Arguments and results are plain data (structured clone).
 */
import type { DatabaseSync } from 'node:sqlite';
import type { GroupCommit, Intent, Product, ProjectionUpdate, ReadMove, RoomQuery, Tag } from '@munova/contracts';
import { ProductTable, TagTable } from './tables/catalogue-table.js';
import { DeploymentTable } from './tables/deployment-table.js';
import { IntentTable } from './tables/intent-table.js';
import { MemberTable } from './tables/member-table.js';
import { MessageTable } from './tables/message-table.js';
import { NameTable } from './tables/name-table.js';
import { ReadMarkTable } from './tables/read-mark-table.js';
import { RoomTable } from './tables/room-table.js';

export interface Tables {
  readonly messages: MessageTable;
  readonly intents: IntentTable;
  readonly rooms: RoomTable;
  readonly members: MemberTable;
  readonly marks: ReadMarkTable;
  readonly names: NameTable;
  readonly products: ProductTable;
  readonly tags: TagTable;
  readonly deployment: DeploymentTable;
}

export const tablesOf = (db: DatabaseSync, schema: number): Tables => ({
  messages: new MessageTable(db),
  intents: new IntentTable(db),
  rooms: new RoomTable(db),
  members: new MemberTable(db),
  marks: new ReadMarkTable(db),
  names: new NameTable(db),
  products: new ProductTable(db),
  tags: new TagTable(db),
  deployment: new DeploymentTable(db, schema),
});

/** Answered between transactions, from what is committed. */
export const readsOf = (t: Tables) => ({
  readAfter: t.messages.readAfter.bind(t.messages),
  readPage: t.messages.readPage.bind(t.messages),
  heads: t.messages.heads.bind(t.messages),
  findOutcomes: t.messages.findOutcomes.bind(t.messages),
  openIntents: t.intents.open.bind(t.intents),
  room: t.rooms.get.bind(t.rooms),
  roomsOf: t.rooms.getMany.bind(t.rooms),
  listRooms: (query: RoomQuery) => t.rooms.list(query, t.tags.all()),
  member: t.members.get.bind(t.members),
  membersOf: t.members.getMany.bind(t.members),
  listMembers: t.members.members.bind(t.members),
  countRooms: t.members.countRooms.bind(t.members),
  readMarks: t.marks.get.bind(t.marks),
  unsettledNames: t.names.unsettled.bind(t.names),
  product: t.products.get.bind(t.products),
  listProducts: t.products.list.bind(t.products),
  allTags: t.tags.all.bind(t.tags),
});

/** Gathered into one transaction, each under a savepoint of its own, and answered once that is durable. */
export const writesOf = (t: Tables) => ({
  append: ({ documents, intents }: GroupCommit, now: number): void => {
    for (const intent of intents) t.intents.add(intent);
    t.messages.append(documents, now);
  },
  /** Stands behind the appends before it and is answered when they are decided: see `WriteGroup`, 4 and 5. */
  barrier: (): void => undefined,
  project: (updates: readonly ProjectionUpdate[], settled: readonly Intent['id'][]): void => {
    for (const { record, members, redactions } of updates) {
      if (t.rooms.advance(record)) t.names.settle(record.name, record.roomId);
      for (const member of members) t.members.advance(member);
      for (const redaction of redactions) t.messages.redact(redaction);
    }
    for (const id of settled) t.intents.settle(id);
  },
  advanceMarks: (moves: readonly ReadMove[]): void => {
    for (const { room, user, mark } of moves) t.marks.advance(room, user, mark);
  },
  reserveName: t.names.reserve.bind(t.names),
  releaseName: t.names.release.bind(t.names),
  putProduct: (product: Product): void => t.products.put(product),
  putTag: (tag: Tag): void => t.tags.put(tag),
  generation: t.deployment.generation.bind(t.deployment),
  clusterRecord: t.deployment.clusterRecord.bind(t.deployment),
  beginGeneration: t.deployment.beginGeneration.bind(t.deployment),
  keyFingerprint: t.deployment.keyFingerprint.bind(t.deployment),
  nextEpoch: t.deployment.nextEpoch.bind(t.deployment),
  sweep: t.messages.sweep.bind(t.messages),
  probe: t.deployment.probe.bind(t.deployment),
});

export type Reads = ReturnType<typeof readsOf>;
export type Writes = ReturnType<typeof writesOf>;
export type Ops = Reads & Writes;
export type OpName = keyof Ops;
