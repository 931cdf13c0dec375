import { expect, it } from 'vitest';
import { outcomeKeyText } from '../commands.js';
import type { Entry } from '../entries.js';
import { asSeq, type RoomId } from '../ids.js';
import { AppendError, type RoomLog } from '../ports/room-log.js';
import type { Store } from '../ports/store.js';
import { NOW, closedEntry, commitOf, freshRoom, intentOf, messageEntry, messages, refusal } from './fixtures.js';

const ALL = 1_000;
const ENTRIES = 40; // of each writer
const ATTEMPTS = 200; // of one entry, before a writer gives up
const CHANGE_MS = 60_000; // that a change of what serves may take

/** A store on a server that can be made to fail. */
export interface StoreUnderFaults {
  readonly store: Pick<Store, 'log' | 'projection'>;
  /** The next append is written, and answered as not confirmed to be durable. */
  unconfirmNext(): Promise<void>;
  /** The next append is written, and its answer is lost. */
  loseNextAnswer(): Promise<void>;
  /** What serves stops serving, and another takes over; resolves when it has begun. */
  stepDown(): Promise<void>;
}

const failureOf = async (append: Promise<void>): Promise<AppendError> => {
  const failure: unknown = await append.then(
    () => 'it was appended',
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(AppendError);
  return failure as AppendError;
};

/** What a server's failures do to appends, of an adapter whose store is a server. */
export const describeRoomLogFaults = (subject: () => StoreUnderFaults): void => {
  it('[M3] an append that no majority confirmed says `unknown`; after a barrier it is there, once', async () => {
    const { log } = subject().store;
    const room = freshRoom();
    const all = messages(room, 1, 3);
    await subject().unconfirmNext();
    expect(await failureOf(log.append(commitOf(all)))).toMatchObject({ reason: 'unavailable', applied: 'unknown' });
    await log.barrier();
    expect(await log.readAfter(room, asSeq(0), ALL)).toEqual(all);
    expect((await failureOf(log.append(commitOf(all)))).reason).toBe('conflict');
  });

  it('[M3] an append whose answer was lost is there once, whether its caller heard of it or not', async () => {
    const { log } = subject().store;
    const room = freshRoom();
    const all = messages(room, 1, 3);
    await subject().loseNextAnswer();
    try {
      await log.append(commitOf(all));
    } catch (error) {
      expect(error).toMatchObject({ name: 'AppendError', reason: 'unavailable', applied: 'unknown' });
    }
    await log.barrier();
    const found = await log.readAfter(room, asSeq(0), ALL);
    expect([[], all]).toContainEqual(found);
    expect((await log.findOutcomes(all, NOW)).size).toBe(found.length);
  });

  it('[M4] a duplicate in the middle is a conflict that names its room; what stood before it is there', async () => {
    const { log, projection } = subject().store;
    const [before, blocked, behind] = [freshRoom(), freshRoom(), freshRoom()];
    await log.append(commitOf(messages(blocked, 1, 1)));
    const repeated = messageEntry({ room: blocked, seq: 2 });
    await log.append(commitOf([refusal({ room: blocked, sender: repeated.sender, cmid: repeated.cmid })]));
    const intent = intentOf(before, behind);
    const documents = [...messages(before, 1, 3), repeated, closedEntry({ room: behind, seq: 1 })];
    const failure = await failureOf(log.append(commitOf(documents, [intent])));
    expect(failure).toMatchObject({ reason: 'conflict', applied: 'unknown', room: blocked });
    await log.barrier();
    const heads = await log.heads([before, blocked, behind]);
    expect([before, blocked, behind].map((room) => heads.get(room)?.seq)).toEqual([3, 1, undefined]);
    expect(await projection.openIntents()).toContainEqual(intent);
    await projection.project([], [intent.id]);
  });

  it(
    '[M7] [I1] [I4] what was acknowledged around a change of the primary stands in the log, once',
    async () => {
      const { log } = subject().store;
      const [own, shared] = [freshRoom(), freshRoom()];
      const writers = [own, shared, shared].map((room) => new Writer(log, room));
      const begun = writers.map((writer, i) => writer.write(i === 0 ? () => subject().stepDown() : null));
      await Promise.all(begun);
      for (const room of [own, shared]) {
        const entries = await log.readAfter(room, asSeq(0), ALL);
        expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
        const acknowledged = writers.flatMap((writer) => (writer.room === room ? writer.acknowledged : []));
        const places = new Map(entries.map((entry) => [outcomeKeyText(entry), entry.seq]));
        expect(acknowledged).toHaveLength(places.size);
        for (const { key, seq } of acknowledged) expect(places.get(key)).toBe(seq);
      }
    },
    CHANGE_MS,
  );
};

/** Appends as an owner of the room would, perhaps beside another one: never sure of what failed, until it has looked. */
class Writer {
  readonly room: RoomId;
  readonly acknowledged: { readonly key: string; readonly seq: number }[] = [];
  readonly #log: RoomLog;

  constructor(log: RoomLog, room: RoomId) {
    this.#log = log;
    this.room = room;
  }

  async write(halfway: (() => Promise<void>) | null): Promise<void> {
    let head = 0;
    for (let i = 0; i < ENTRIES; i++) {
      if (i === ENTRIES / 2) await halfway?.();
      head = await this.#one(messageEntry({ room: this.room, seq: 1 }), head);
    }
  }

  /** @returns its seq. */
  async #one(draft: Entry, head: number): Promise<number> {
    const key = outcomeKeyText(draft);
    let next = head + 1;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.#log.append(commitOf([{ ...draft, seq: asSeq(next) }]));
        this.acknowledged.push({ key, seq: next });
        return next;
      } catch (error) {
        if (!(error instanceof AppendError)) throw error;
      }
      const known = await this.#look(draft);
      if (known === null) continue;
      if (known.seq !== null) {
        this.acknowledged.push({ key, seq: known.seq });
        return known.seq;
      }
      next = known.head + 1;
    }
    throw new Error(`room ${this.room}: an entry was not taken in ${String(ATTEMPTS)} attempts`);
  }

  /** Null while the store does not answer. */
  async #look(draft: Entry): Promise<{ readonly seq: number | null; readonly head: number } | null> {
    try {
      await this.#log.barrier();
      const found = (await this.#log.findOutcomes([draft], NOW)).get(outcomeKeyText(draft))?.outcome;
      const head = (await this.#log.heads([this.room])).get(this.room)?.seq ?? 0;
      return { seq: found?.status === 'logged' ? found.seq : null, head };
    } catch (error) {
      if ((error as { code?: unknown }).code === 'unavailable') return null;
      throw error;
    }
  }
}
