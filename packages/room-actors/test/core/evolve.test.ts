import { asRoomId, asSeq, type Entry, type LogDocument, type MemberRecord } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.js';
import { evolve, LogViolation, needsToEvolve } from '../../src/core/evolve.js';
import { projectionOf } from '../../src/core/projection.js';
import { emptyRoom, isBehind, recordOf, roomFrom, withMember } from '../../src/core/state.js';
import type { RoomState } from '../../src/core/types.js';
import { commandOf, found, GROUP, jisoo, minji, say } from './people.js';
import { Table } from './table.js';

const join = commandOf('join', GROUP, jisoo, {});
const kick = commandOf('kick', GROUP, minji, { userId: jisoo.id });

const entryOf = (table: Table, seq: number): Entry => {
  const entry = table.entries[seq - 1];
  if (!entry) throw new Error(`no entry ${String(seq)}`);
  return entry;
};

describe('a log that breaks its rules stops its room', () => {
  const table = new Table(GROUP, found(), say(GROUP, minji));
  const message = entryOf(table, 3);
  const evolved = (state: RoomState, doc: unknown) => () => evolve(state, doc as LogDocument);

  it.each([
    ['a gap', { ...message, seq: 5 }],
    ['a place taken twice', message],
    ['an unknown kind', { ...message, seq: 4, kind: 'polled' }],
    ['a second creation', { ...entryOf(table, 1), seq: 4 }],
    ['an abandonment after the creation', { ...message, seq: 4, kind: 'abandoned' }],
    ['a document of another room', { ...message, seq: 4, room: asRoomId('r-other') }],
    ['one who leaves and never was there', { ...message, seq: 4, kind: 'left', data: { userId: 'nobody' } }],
  ])('[R23] [I1] %s', (_what, doc) => {
    expect(evolved(table.state, doc)).toThrow(LogViolation);
  });

  it.each(['joined', 'closed', 'renamed', 'resized'])('[R23] %s before the creation', (kind) => {
    expect(evolved(emptyRoom(GROUP), { ...message, seq: 1, kind, data: {} })).toThrow(LogViolation);
  });

  it('[R23] and a command for another room is a bug', () => {
    const other = say(asRoomId('r-other'), minji);
    const ctx = { now: 0, epoch: message.epoch, known: null, target: null, nameTaken: false };
    expect(() => decide(table.state, other, ctx)).toThrow(/came to/);
  });
});

describe('a plan', () => {
  it('[R26] that is dropped leaves the state as it was', () => {
    const table = new Table(GROUP, found(minji, 3), join);
    const before = table.state;
    const shown = JSON.stringify([recordOf(before), before.members.entries()]);
    const command = say(GROUP, jisoo);
    table.run(command);
    table.run(kick);
    table.run(commandOf('redact', GROUP, minji, { targetSeq: asSeq(4) }));
    const planned = table.state;
    expect(JSON.stringify([recordOf(before), before.members.entries()])).toBe(shown);
    table.state = before;
    expect(table.outcome(say(GROUP, jisoo))).toBe('message');
    table.state = before;
    expect(table.run(command).repeated).toBe(false);
    expect(planned.members.get(jisoo.id)?.status).toBe('kicked');
    expect(planned.head).toBe(6);
  });
});

describe('a state rebuilt', () => {
  const tale = new Table(GROUP, found(minji, 3));
  const projected = tale.record;
  const records = new Map<string, MemberRecord>();
  for (const command of [join, say(GROUP, jisoo), kick, say(GROUP, minji)]) tale.run(command);
  for (const m of projectionOf(tale.state, tale.entries)?.members ?? []) records.set(m.user, m);

  const rebuilt = (from: RoomState, load: (user: string) => MemberRecord | null): RoomState => {
    const tail = tale.entries.slice(from.head);
    let state = from;
    for (const user of needsToEvolve(state, tail)) state = withMember(state, user, load(user));
    return tail.reduce(evolve, state);
  };

  it('[R24] names the members to load before its tail is replayed', () => {
    expect(needsToEvolve(roomFrom(projected), tale.entries.slice(2))).toEqual(['jisoo']);
    expect(needsToEvolve(tale.state, tale.entries.slice(2))).toEqual([]);
  });

  it('[R24] from nothing, or from a projection, is the one that ran on', () => {
    expect(recordOf(rebuilt(emptyRoom(GROUP), () => null))).toEqual(tale.record);
    expect(recordOf(rebuilt(roomFrom(projected), () => null))).toEqual(tale.record);
  });

  it('[R24] where a member’s record is ahead of the room’s', () => {
    const state = rebuilt(roomFrom(projected), (user) => records.get(user) ?? null);
    expect(recordOf(state)).toEqual(tale.record);
    expect(state.members.get(jisoo.id)).toEqual(tale.state.members.get(jisoo.id));
  });

  it('[R24] from a projection without a tail is the one that was projected', () => {
    expect(tale.record).toMatchObject({ n: 2, lastMessage: '안녕하세요', lastMessageSeq: 6, memberCount: 1 });
    expect(recordOf(roomFrom(tale.record))).toEqual(tale.record);
    const { n, newest, lastTs, head } = tale.state;
    expect(roomFrom(tale.record)).toMatchObject({ n, newest, lastTs, head });
  });

  it('[R24] a record that is ahead of a durable state shows that the log has gone on without it', () => {
    const kicked = records.get(jisoo.id);
    if (!kicked) throw new Error('no record');
    expect(isBehind(roomFrom(projected), kicked)).toBe(true);
    expect(isBehind(tale.state, kicked)).toBe(false);
    expect(isBehind(roomFrom(projected), null)).toBe(false);
  });

  it('[R24] the projection holds the room, whose membership changed, and what was redacted', () => {
    const table = new Table(GROUP, found(minji, 3), say(GROUP, minji));
    table.run(join);
    table.run(commandOf('redact', GROUP, minji, { targetSeq: asSeq(3) }));
    expect(projectionOf(table.state, table.entries.slice(2))).toEqual({
      record: table.record,
      members: [table.state.members.get(jisoo.id)],
      redactions: [{ room: GROUP, targetSeq: 3 }],
    });
    expect(projectionOf(emptyRoom(GROUP), [])).toBeNull();
    expect(roomFrom(table.record).newest).toEqual({ seq: 3, preview: null, time: table.record.lastMessageTime });
  });
});
