/** The store as the safety argument sees it: unique (room, seq), unique (room, sender, cmid), and faults. */
import {
  isRegistered,
  outcomeKeyText,
  type Command,
  type Entry,
  type LogDocument,
  type MemberRecord,
  type ProjectionUpdate,
  type RoomId,
  type RoomRecord,
  type Seq,
  type StoredOutcome,
  type UserId,
} from '@munova/contracts';

/**
 * What becomes of the next append. `lost`: all is written, but said to have failed. `part`: only the
 * documents of the first command are, and it is said to have failed.
 */
export type Fate = 'taken' | 'refused' | 'lost' | 'part';

export class AppendFailed extends Error {}

export class Register {
  readonly #logs = new Map<RoomId, Entry[]>();
  readonly #outcomes = new Map<string, StoredOutcome>();
  readonly records = new Map<RoomId, RoomRecord>();
  readonly #members = new Map<string, MemberRecord>();
  /** Reserved name -> room. */
  readonly names = new Map<string, RoomId>();
  fates: Fate[] = [];
  /** Appends that failed, or were said to. */
  failures = 0;

  log(room: RoomId): readonly Entry[] {
    return this.#logs.get(room) ?? [];
  }

  outcome({ room, actor, cmid }: Command): StoredOutcome | null {
    return this.#outcomes.get(outcomeKeyText({ room, sender: actor.id, cmid })) ?? null;
  }

  /** `commands`: the documents of each, in order. All or nothing, unless fate has it otherwise. */
  append(commands: readonly (readonly LogDocument[])[]): void {
    try {
      this.#append(commands);
    } catch (error) {
      this.failures += 1;
      throw error;
    }
  }

  #append(commands: readonly (readonly LogDocument[])[]): void {
    const fate = this.fates.shift() ?? 'taken';
    if (fate === 'refused') throw new AppendFailed('refused');
    const documents = (fate === 'part' ? commands.slice(0, 1) : commands).flat();
    const keys = documents.map(outcomeKeyText);
    const places = documents.flatMap((d) => (isRegistered(d) ? [] : [d.seq]));
    const room = documents[0]?.room;
    if (room === undefined) return;
    const log = this.#logs.get(room) ?? [];
    if (new Set(keys).size < keys.length || keys.some((key) => this.#outcomes.has(key))) {
      throw new AppendFailed('conflict of ids');
    }
    if (log.some((e) => places.includes(e.seq))) throw new AppendFailed('conflict of places');
    for (const d of documents) {
      this.#outcomes.set(outcomeKeyText(d), storedOutcome(d));
      // Frozen: whoever changes what is logged is caught in the act, and identity is equality.
      if (!isRegistered(d)) log.push(Object.freeze(d));
    }
    this.#logs.set(room, log);
    if (fate !== 'taken') throw new AppendFailed(fate);
  }

  member(room: RoomId, user: UserId): MemberRecord | null {
    return this.#members.get(`${room} ${user}`) ?? null;
  }

  /** `half`: it was interrupted before the room's own record. */
  project({ record, members, redactions }: ProjectionUpdate, half: boolean): void {
    for (const { room, targetSeq } of redactions) this.#blank(room, targetSeq);
    for (const m of members) {
      if ((this.member(m.room, m.user)?.stateSeq ?? 0) < m.stateSeq) this.#members.set(`${m.room} ${m.user}`, m);
    }
    if (!half && (this.records.get(record.roomId)?.stateSeq ?? 0) < record.stateSeq) {
      this.records.set(record.roomId, record);
    }
  }

  #blank(room: RoomId, target: Seq): void {
    const log = this.#logs.get(room) ?? [];
    const index = log.findIndex((e) => e.seq === target);
    const entry = log[index];
    if (entry && !entry.redacted) log[index] = { ...entry, type: null, content: null, redacted: true };
  }
}

const storedOutcome = (d: LogDocument): StoredOutcome => {
  if (!isRegistered(d)) return { outcome: { status: 'logged', seq: d.seq, kind: d.kind }, bodyHash: d.bodyHash };
  return d.code === null
    ? { outcome: { status: 'noop' }, bodyHash: d.bodyHash }
    : { outcome: { status: 'refused', code: d.code }, bodyHash: d.bodyHash };
};
