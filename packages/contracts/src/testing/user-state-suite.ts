import { expect, it } from 'vitest';
import { asSeq, asUserId, type RoomId } from '../ids.js';
import { READ_MARKS_AT_ONCE } from '../limits.js';
import type { MemberRecord, NameReservation } from '../ports/directory.js';
import type { Store } from '../ports/store.js';
import { NOW, fresh, freshRoom, freshUser, groupRecord, memberRecord } from './fixtures.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

const RACERS = 20;

const projectMembers = (store: Store, room: RoomId, members: readonly MemberRecord[]): Promise<void> =>
  store.projection.project([{ record: groupRecord({ roomId: room }), members, redactions: [] }], []);

/** The contract of `Memberships`. */
export const describeMemberships = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: Memberships`, factory, (subject) => {
    it('[S21] a record is found whatever its status; nobody else is', async () => {
      const { store } = subject;
      const room = freshRoom();
      const statuses = ['joined', 'left', 'kicked'] as const;
      const members = statuses.map((status) =>
        memberRecord({ room, status, memberType: 'OWNER', name: "오'닐 \\ 100%" }),
      );
      await projectMembers(store, room, members);
      for (const member of members) expect(await store.memberships.get(room, member.user)).toEqual(member);
      expect(await store.memberships.get(room, freshUser())).toBeNull();
      expect(await store.memberships.get(freshRoom(), members[0]?.user ?? freshUser())).toBeNull();
      const users = members.map((member) => member.user);
      const found = await store.memberships.getMany(room, [...users, ...users, freshUser()]);
      expect(found.toSorted((a, b) => (a.user < b.user ? -1 : 1))).toEqual(members);
      expect(await store.memberships.getMany(room, [])).toEqual([]);
    });

    describeMemberPages(subject);

    it('[S22] rooms count from joining until leaving', async () => {
      const { store } = subject;
      const user = freshUser();
      const [a, b] = [memberRecord({ room: freshRoom(), user }), memberRecord({ room: freshRoom(), user })];
      expect(await store.memberships.countRooms(user)).toBe(0);
      await projectMembers(store, a.room, [a]);
      await projectMembers(store, a.room, [a]);
      await projectMembers(store, b.room, [b]);
      expect(await store.memberships.countRooms(user)).toBe(2);
      await projectMembers(store, a.room, [{ ...a, status: 'left', stateSeq: asSeq(5) }]);
      await projectMembers(store, b.room, [{ ...b, status: 'kicked', stateSeq: asSeq(5) }]);
      expect(await store.memberships.countRooms(user)).toBe(0);
      await projectMembers(store, a.room, [{ ...a, stateSeq: asSeq(6) }]);
      expect(await store.memberships.countRooms(user)).toBe(1);
    });
  });
};

const describeMemberPages = (subject: StoreUnderTest): void => {
  it('[S21] joined members come by time of joining and then by id, once each, in pages of any size', async () => {
    const { store } = subject;
    const room = freshRoom();
    const member = (user: string, joinedAt: number, status: MemberRecord['status'] = 'joined'): MemberRecord =>
      memberRecord({ room, user: asUserId(user), joinedAt, status });
    await projectMembers(store, room, [
      member('b', NOW + 1),
      member('a', NOW + 2),
      member('gone', NOW, 'left'),
      member('B', NOW + 1),
      member('out', NOW + 1, 'kicked'),
      member('c', NOW),
    ]);
    await projectMembers(store, freshRoom(), [memberRecord({ room: freshRoom() })]);
    for (const limit of [1, 2, 3, 4, 9]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.memberships.members>> = await store.memberships.members(
          room,
          cursor,
          limit,
        );
        seen.push(...page.items.map((m) => m.user));
        cursor = page.nextCursor;
      } while (cursor !== null && seen.length < 9);
      expect(seen).toEqual(['c', 'B', 'b', 'a']);
    }
  });

  it('[S20] a cursor of another list is refused', async () => {
    const { store } = subject;
    const ownerId = freshUser();
    const update = { record: groupRecord({ ownerId }), members: [], redactions: [] };
    await store.projection.project([update, { ...update, record: groupRecord({ ownerId }) }], []);
    const { nextCursor } = await store.directory.list({ ownerId, sort: 'created', limit: 1 });
    expect(nextCursor).not.toBeNull();
    for (const cursor of [nextCursor, '', 'rubbish!']) {
      await expect(store.memberships.members(freshRoom(), cursor, 2)).rejects.toMatchObject({ code: 'bad-request' });
    }
  });
};

/** The contract of `ReadMarks`. */
export const describeReadMarks = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: ReadMarks`, factory, (subject) => {
    const mark = (seq: number) => ({ seq: asSeq(seq), n: seq - 2 });

    it('[S23] a mark moves forward only', async () => {
      const { readMarks } = subject.store;
      const [user, room] = [freshUser(), freshRoom()];
      for (const [seq, shown] of [
        [5, 5],
        [3, 5],
        [5, 5],
        [9, 9],
        [8, 9],
      ] as const) {
        await readMarks.advance([{ room, user, mark: mark(seq) }]);
        expect(await readMarks.get(user, [room])).toEqual(new Map([[room, mark(shown)]]));
      }
    });

    it('[S23] of marks that come at once the farthest stays', async () => {
      const { readMarks } = subject.store;
      const [user, room] = [freshUser(), freshRoom()];
      const seqs = Array.from({ length: RACERS }, (_, i) => 2 + ((i * 7) % RACERS));
      await Promise.all(seqs.map((seq) => readMarks.advance([{ room, user, mark: mark(seq) }])));
      expect((await readMarks.get(user, [room])).get(room)).toEqual(mark(RACERS + 1));
    });

    it('[S23] many marks are moved by one call, and each forward only', async () => {
      const { readMarks } = subject.store;
      const [room, other, users] = [
        freshRoom(),
        freshRoom(),
        Array.from({ length: READ_MARKS_AT_ONCE - 2 }, freshUser),
      ];
      const [first = freshUser()] = users;
      await readMarks.advance([{ room, user: first, mark: mark(9) }]);
      await readMarks.advance([
        ...users.map((user) => ({ room, user, mark: mark(5) })),
        { room: other, user: first, mark: mark(7) },
        { room: other, user: first, mark: mark(6) },
      ]);
      expect(await readMarks.get(first, [room, other])).toEqual(
        new Map([
          [room, mark(9)],
          [other, mark(7)],
        ]),
      );
      for (const user of users.slice(1)) expect((await readMarks.get(user, [room])).get(room)).toEqual(mark(5));
      await readMarks.advance([]);
    });

    it('[S23] marks are those of one user and the rooms asked for', async () => {
      const { readMarks } = subject.store;
      const [user, a, b, unread] = [freshUser(), freshRoom(), freshRoom(), freshRoom()];
      await readMarks.advance([{ room: a, user, mark: mark(4) }]);
      await readMarks.advance([{ room: b, user, mark: mark(6) }]);
      await readMarks.advance([{ room: a, user: freshUser(), mark: mark(99) }]);
      expect(await readMarks.get(user, [a, unread])).toEqual(new Map([[a, mark(4)]]));
      expect((await readMarks.get(user, [])).size).toBe(0);
      expect((await readMarks.get(freshUser(), [a, b])).size).toBe(0);
    });

    if (!factory.durable) return;
    it('[S10] a mark is there after the store was opened again', async () => {
      const [user, room] = [freshUser(), freshRoom()];
      await subject.store.readMarks.advance([{ room, user, mark: mark(4) }]);
      await subject.reopen();
      await subject.store.readMarks.advance([{ room, user, mark: mark(3) }]);
      expect((await subject.store.readMarks.get(user, [room])).get(room)).toEqual(mark(4));
    });
  });
};

/** The contract of `RoomNames`. */
export const describeRoomNames = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: RoomNames`, factory, (subject) => {
    it('[S24] a name goes to the first, again to the same room, and to nobody else', async () => {
      const { names } = subject.store;
      const [wanted, room] = [fresh('신발 '), freshRoom()];
      expect(await names.reserve(wanted, room, NOW)).toBe('reserved');
      expect(await names.reserve(wanted, freshRoom(), NOW)).toBe('taken');
      expect(await names.reserve(wanted, room, NOW)).toBe('reserved');
      expect(await names.reserve(fresh('신발 '), freshRoom(), NOW)).toBe('reserved');
    });

    it('[S24] names are one after NFC and trimming, and differ by case', async () => {
      const { names } = subject.store;
      const [wanted, room] = [fresh('Café 부츠 '), freshRoom()];
      await names.reserve(wanted, room, NOW);
      for (const same of [wanted.normalize('NFD'), ` ${wanted}\u3000`]) {
        expect(await names.reserve(same, freshRoom(), NOW)).toBe('taken');
        expect(await names.reserve(same, room, NOW)).toBe('reserved');
      }
      expect(await names.reserve(wanted.toUpperCase(), freshRoom(), NOW)).toBe('reserved');
    });

    it('[S24] of many rooms at once exactly one gets the name', async () => {
      const { names } = subject.store;
      const wanted = fresh('인기 ');
      const rooms = Array.from({ length: RACERS }, freshRoom);
      const answers = await Promise.all(rooms.map((room) => names.reserve(wanted, room, NOW)));
      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(1);
      const winner = rooms[answers.indexOf('reserved')] ?? freshRoom();
      expect(await names.reserve(wanted, winner, NOW)).toBe('reserved');
    });

    it('[S25] only its holder frees a name', async () => {
      const { names } = subject.store;
      const [wanted, holder, next] = [fresh('로퍼 '), freshRoom(), freshRoom()];
      await names.reserve(wanted, holder, NOW);
      await names.release(wanted, next);
      expect(await names.reserve(wanted, next, NOW)).toBe('taken');
      await names.release(` ${wanted} `, holder);
      await names.release(wanted, holder);
      expect(await names.reserve(wanted, next, NOW)).toBe('reserved');
    });

    describeUnsettled(subject);

    if (!factory.durable) return;
    it('[S10] a reservation holds after the store was opened again', async () => {
      const [wanted, room] = [fresh('부츠 '), freshRoom()];
      await subject.store.names.reserve(wanted, room, NOW);
      await subject.reopen();
      expect(await subject.store.names.reserve(wanted, freshRoom(), NOW)).toBe('taken');
      expect(await subject.store.names.reserve(wanted, room, NOW)).toBe('reserved');
    });
  });
};

/** The other tests reserve at `NOW`; these long before it, so that they see their own alone. */
const describeUnsettled = (subject: StoreUnderTest): void => {
  const early = async (): Promise<readonly NameReservation[]> =>
    (await subject.store.names.unsettled(10)).filter(({ at }) => at < NOW);

  it('[S26] reservations without a room of that name are found, the oldest first', async () => {
    const { names } = subject.store;
    const made = [30, 10, 20].map((at) => ({ at, name: fresh('헛 이름 '), room: freshRoom() }));
    for (const { name, room, at } of made) await names.reserve(name, room, at);
    const oldestFirst = made.toSorted((a, b) => a.at - b.at);
    expect(await early()).toEqual(oldestFirst);
    expect(await names.unsettled(1)).toEqual(oldestFirst.slice(0, 1));
    for (const { name, room } of made) await names.release(name, room);
    expect(await early()).toEqual([]);
  });

  it('[S26] a name is settled while its room is known by it, and only so long', async () => {
    const { names, projection } = subject.store;
    const [first, renamed] = [fresh('처음 '), fresh('나중 ')];
    const record = groupRecord({ name: first });
    const project = (update: typeof record): Promise<void> =>
      projection.project([{ record: update, members: [], redactions: [] }], []);
    await names.reserve(first, record.roomId, 10);
    await project(record);
    expect(await early()).toEqual([]);
    await names.reserve(renamed, record.roomId, 20);
    expect(await early()).toEqual([{ name: renamed, room: record.roomId, at: 20 }]);
    await project({ ...record, name: renamed, stateSeq: asSeq(8) });
    expect(await early()).toEqual([{ name: first, room: record.roomId, at: 10 }]);
    await names.release(first, record.roomId);
    expect(await early()).toEqual([]);
  });

  it('[S24] [S26] reserving again makes it another reservation, whichever of two clocks is ahead', async () => {
    const { names } = subject.store;
    const [wanted, room] = [fresh('다시 '), freshRoom()];
    for (const at of [10, 50, 20]) {
      await names.reserve(wanted, room, at);
      expect(await early()).toEqual([{ name: wanted, room, at }]);
    }
    await names.release(wanted, room);
  });
};
