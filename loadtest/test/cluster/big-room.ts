/**
 * A room far larger than clients could make it in the time of a test, written straight into MongoDB: the documents of a
 * group that the product made, and what a hundred thousand joins and many more messages would have left behind them.
 */
import type { Collection, Db, Document } from 'mongodb';

export interface BigRoom {
  readonly room: string;
  /** Joined one by one behind the owner: `u3` at seq 3, and so on. */
  readonly members: number;
  /** Entries of the log in all. */
  readonly entries: number;
  /** Messages of those that the projection does not show yet, as an owner that died leaves them. */
  readonly unprojected: number;
}

type Stored = Document & { readonly _id: string };

const BATCH = 10_000;
const SPACING_MS = 10;

export const userAt = (seq: number): string => `u${String(seq)}`;

/** @param template id of a group with its owner alone */
export const writeBigRoom = async (db: Db, template: string, big: BigRoom): Promise<void> => {
  const of = (name: string): Collection<Stored> => db.collection<Stored>(name);
  const first = await of('messages').findOne({ room: template, seq: 1 });
  const record = await of('rooms').findOne({ _id: template });
  const owner = await of('memberships').findOne({ room: template });
  if (first === null || record === null || owner === null) throw new Error(`${template} is no group`);
  const start = Date.now() - big.entries * SPACING_MS;
  const { room, members, entries, unprojected } = big;
  const lastJoin = members + 1;
  const at = (seq: number) => start + seq * SPACING_MS;
  const common = { room, senderRole: 'buyer', bodyHash: 'by-hand', epoch: first['epoch'] as number };

  const logged = (seq: number): Stored => {
    const user = seq <= lastJoin ? userAt(seq) : userAt(3 + (seq % (members - 1)));
    const own = {
      ...common,
      _id: `${room}-${String(seq)}`,
      seq,
      sender: user,
      senderName: user,
      cmid: `c${String(seq)}`,
    };
    const n = Math.max(seq - lastJoin, 0);
    if (n > 0) return { ...own, kind: 'message', type: 'TEXT', content: `말 ${String(n)}`, ts: at(seq), n };
    return { ...own, kind: 'joined', data: { userId: user, name: user, memberType: 'MEMBER' }, ts: at(seq), n };
  };
  const membership = (seq: number): Stored => {
    const user = userAt(seq);
    const own = { room, user, name: user, memberType: 'MEMBER', status: 'joined' };
    return { ...own, _id: `${room}/${user}`, stateSeq: seq, joinedAt: at(seq) };
  };
  const [joined] = first['also'] as [Document];
  const created = { ...(first['data'] as Document), name: room, maxParticipants: 2 * members };
  const opening = { ...first, _id: `${room}-1`, room, data: created, ts: at(1), also: [{ ...joined, ts: at(1) }] };
  await of('messages').insertOne(opening);
  await of('memberships').insertOne({ ...owner, _id: `${room}/${String(owner['user'])}`, room });
  await inBatches(of('messages'), 3, entries, logged);
  await inBatches(of('memberships'), 3, lastJoin, membership);
  const shown = entries - unprojected;
  const newest = { lastMessage: `말 ${String(shown - lastJoin)}`, lastMessageSeq: shown, lastMessageTime: at(shown) };
  const counted = {
    memberCount: members,
    maxParticipants: 2 * members,
    hasSpace: true,
    stateSeq: shown,
    n: shown - lastJoin,
  };
  const times = { lastTs: at(shown), latest: at(shown), createdAt: at(1) };
  await of('rooms').insertOne({
    ...record,
    _id: room,
    name: room,
    form: room,
    terms: [],
    ...newest,
    ...counted,
    ...times,
  });
};

const inBatches = async (
  into: Collection<Stored>,
  from: number,
  to: number,
  make: (seq: number) => Stored,
): Promise<void> => {
  for (let seq = from; seq <= to; seq += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, to - seq + 1) }, (_, i) => make(seq + i));
    await into.insertMany(batch, { ordered: false, writeConcern: { w: 1, journal: false } });
  }
};
