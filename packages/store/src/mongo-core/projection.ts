/**
 * Projections on MongoDB, without a transaction: the order of the writes stands in for one. Invariants:
 * 1. A room's record is written last: whoever finds it finds what belongs to L(1..stateSeq) besides, so
 *    that a crash in between leaves an older record, and the log behind it is projected again.
 * 2. Every write is guarded by the seq that it reflects: a repeat and a late one change nothing.
 * 3. Intents are forgotten after all that they stand for.
 */
import { roomNameForm } from '@munova/contracts';
import type { Intent, MemberRecord, Projection, ProjectionUpdate, Redaction, RoomRecord } from '@munova/contracts';
import type { BulkUpdate } from './commands.js';
import { intentIdOf, intentOf } from './log-documents.js';
import type { Majority } from './majority.js';
import { memberFields, memberId } from './member-documents.js';
import { roomFields } from './room-documents.js';

export class MongoProjection implements Projection {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async project(updates: readonly ProjectionUpdate[], settled: readonly Intent['id'][]): Promise<void> {
    await Promise.all([
      this.#store.bulk('memberships', updates.flatMap(({ members }) => members).map(memberUpdate)),
      this.#store.bulk('messages', updates.flatMap(({ redactions }) => redactions).map(redactionUpdate)),
      this.#store.bulk(
        'names',
        updates.flatMap(({ record }) => nameUpdates(record)),
      ),
    ]);
    await this.#store.bulk(
      'rooms',
      updates.map(({ record }) => roomUpdate(record)),
    );
    if (settled.length > 0) await this.#store.remove('messages', { _id: { $in: settled.map(intentIdOf) } });
  }

  async openIntents(): Promise<readonly Intent[]> {
    return (await this.#store.find('messages', { shard: { $gte: 0 } })).map(intentOf);
  }
}

const roomUpdate = (record: RoomRecord): BulkUpdate => ({
  filter: { _id: record.roomId, stateSeq: { $lt: record.stateSeq } },
  update: { $set: roomFields(record) },
  upsert: true,
});

const memberUpdate = (member: MemberRecord): BulkUpdate => ({
  filter: { _id: memberId(member.room, member.user), stateSeq: { $lt: member.stateSeq } },
  update: { $set: memberFields(member) },
  upsert: true,
});

const redactionUpdate = ({ room, targetSeq }: Redaction): BulkUpdate => ({
  filter: { room, seq: targetSeq, kind: 'message' },
  update: { $set: { redacted: true }, $unset: { type: '', content: '' } },
});

/**
 * A name is settled while its room's record has it. Only what changes that is written: a projection of
 * messages finds nothing here. One that comes late may unsettle a name that came back; the next one of
 * that room settles it again, and the sweeper looks before it releases.
 */
const nameUpdates = ({ type, name, roomId, stateSeq }: RoomRecord): readonly BulkUpdate[] => {
  if (type !== 'GROUP') return [];
  const [form, judged] = [roomNameForm(name), { $lt: stateSeq }];
  return [
    {
      filter: { _id: form, room: roomId, settled: false, judged },
      update: { $set: { settled: true, judged: stateSeq } },
    },
    {
      filter: { room: roomId, _id: { $ne: form }, settled: true, judged },
      update: { $set: { settled: false, judged: stateSeq } },
      many: true,
    },
  ];
};
