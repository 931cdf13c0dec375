/** Random rooms and queries: every adapter must answer as the store in memory does, page by page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asRoomId, asSeq, asTagId, asUserId, type RoomId, type UserId } from '../ids.js';
import { MemoryStore } from '../memory/index.js';
import type { MemberRecord, ProjectionUpdate, RoomQuery, RoomRecord } from '../ports/directory.js';
import type { Store } from '../ports/store.js';
import { NOW, freshUser, groupRecord, inquiryRecord, memberRecord, tagOf } from './fixtures.js';
import { ManualRuntime } from './manual-runtime.js';
import type { StoreUnderTest } from './store-factory.js';

const RUNS = 15;
const ROOMS = 25;
const QUERIES = 12;
const MAX_PAGES = ROOMS + 1;

const PARENT = asTagId('model-m');
const TREE = [
  tagOf(PARENT),
  tagOf(asTagId('model-boots'), PARENT),
  tagOf(asTagId('model-loafers'), PARENT),
  tagOf(asTagId('model-heels')),
];
const TAGS = TREE.map((tag) => tag.id);

// Few values, so that rooms are often alike and queries often find several.
const anyName = fc.string({
  unit: fc.constantFrom('부', '츠', 'a', 'A', 'Ａ', '%', '_', "'", ' ', '👟', '\uffee'),
  minLength: 1,
  maxLength: 5,
});
const anyPerson = fc.constantFrom(...['minji', 'jisoo', 'shop'].map(asUserId));
const anyMoment = fc.integer({ min: NOW, max: NOW + 4 });

const anyDraft = fc.record({
  inquiry: fc.boolean(),
  name: anyName,
  status: fc.constantFrom('OPENED' as const, 'CLOSED' as const),
  buyerId: anyPerson,
  memberCount: fc.integer({ min: 1, max: 4 }),
  maxParticipants: fc.integer({ min: 2, max: 4 }),
  tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 }),
  lastMessageTime: fc.option(anyMoment),
  createdAt: anyMoment,
  joined: fc.uniqueArray(anyPerson),
});
type Draft = typeof anyDraft extends fc.Arbitrary<infer T> ? T : never;

const anyQuery: fc.Arbitrary<RoomQuery> = fc.record(
  {
    sort: fc.constantFrom('latest' as const, 'members' as const, 'name' as const, 'created' as const),
    limit: fc.integer({ min: 1, max: 7 }),
    type: fc.constantFrom('GROUP' as const, 'ONE_ON_ONE' as const),
    memberId: anyPerson,
    buyerId: anyPerson,
    status: fc.constantFrom('OPENED' as const, 'CLOSED' as const),
    keyword: anyName,
    tagIds: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
    tagMode: fc.constantFrom('any' as const, 'all' as const),
    minMembers: fc.integer({ min: 0, max: 4 }),
    maxMembers: fc.integer({ min: 0, max: 4 }),
    hasSpace: fc.boolean(),
  },
  { requiredKeys: ['sort', 'limit'] },
);

/** Every room of a run has one seller, and every query asks for that seller: so runs share a store. */
const updateOf = (sellerId: UserId, draft: Draft, i: number): ProjectionUpdate => {
  const { inquiry, joined, buyerId, maxParticipants, ...common } = draft;
  const room: RoomId = asRoomId(`${sellerId}-${String(i).padStart(2, '0')}`);
  const parts: Partial<RoomRecord> = { ...common, roomId: room, sellerId, lastMessageSeq: asSeq(2) };
  const record = inquiry ? inquiryRecord({ ...parts, buyerId }) : groupRecord({ ...parts, maxParticipants });
  const members: readonly MemberRecord[] = joined.map((user) => memberRecord({ room, user }));
  return { record, members, redactions: [] };
};

const pagesOf = async (store: Store, query: RoomQuery): Promise<readonly unknown[]> => {
  const pages: unknown[] = [];
  let page = await store.directory.list(query);
  pages.push(page);
  while (page.nextCursor !== null && pages.length < MAX_PAGES) {
    page = await store.directory.list({ ...query, cursor: page.nextCursor });
    pages.push(page);
  }
  return pages;
};

export const describeDirectoryModel = (subject: StoreUnderTest): void => {
  describe('beside the store in memory', () => {
    it('[S15] [S16] [S17] [S18] [S19] gives the same pages for any rooms and queries', async () => {
      const reference = new MemoryStore(new ManualRuntime());
      for (const tag of TREE) await Promise.all([subject.store.tags.put(tag), reference.tags.put(tag)]);
      const anyRun = fc.tuple(
        fc.array(anyDraft, { minLength: 1, maxLength: ROOMS }),
        fc.array(anyQuery, { minLength: 1, maxLength: QUERIES }),
      );
      await fc.assert(
        fc.asyncProperty(anyRun, async ([drafts, queries]) => {
          const sellerId = freshUser();
          const updates = drafts.map((draft, i) => updateOf(sellerId, draft, i));
          await subject.store.projection.project(updates, []);
          await reference.projection.project(updates, []);
          for (const query of queries.map((conditions) => ({ ...conditions, sellerId }))) {
            expect(await pagesOf(subject.store, query)).toEqual(await pagesOf(reference, query));
          }
        }),
        { numRuns: RUNS },
      );
    });
  });
};
