import { asRoomId, asSeq, RECENT_OUTCOMES_PER_ROOM, REFUSAL_MEMORY_MS, type StoredOutcome } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { roomFrom } from '../../src/core/state.js';
import { close, commandOf, found, freshId, GROUP, jisoo, join, leave, minji, say, stranger } from './people.js';
import { Table } from './table.js';

describe('a repeat', () => {
  it('[R1] [I3] of a message is answered with its seq, and logs nothing', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const command = say(GROUP, jisoo);
    const first = table.run(command);
    const second = table.run(command);
    expect(second).toEqual({ documents: [], outcome: first.outcome, repeated: true, releaseName: null });
    expect(first.repeated).toBe(false);
    expect(first.outcome).toEqual({ status: 'logged', seq: 4, kind: 'message' });
  });

  it('[R1] [R19] is recognised before it is judged: closed since, left since', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const command = say(GROUP, jisoo);
    const { outcome } = table.run(command);
    table.run(close(minji));
    table.run(leave(jisoo));
    expect(table.run(command).outcome).toEqual(outcome);
    expect(table.outcome(say(GROUP, jisoo))).toBe('CHAT_03');
  });

  it('[R1] [I12] of what was refused stays refused, though it would be taken now', () => {
    const table = new Table(GROUP, found());
    const command = say(GROUP, jisoo);
    expect(table.outcome(command)).toBe('CHAT_03');
    table.run(join(jisoo));
    expect(table.run(command)).toMatchObject({ documents: [], outcome: { code: 'CHAT_03' }, repeated: true });
    expect(table.outcome(say(GROUP, jisoo))).toBe('message');
  });

  it('[R1] [I12] of what changed nothing changes nothing, though it would now', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const command = join(jisoo);
    expect(table.outcome(command)).toBe('noop');
    table.run(leave(jisoo));
    expect(table.outcome(command)).toBe('noop');
    expect(table.record.memberCount).toBe(1);
  });

  it('[R1] that only the store remembers is answered with what the store says', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const command = say(GROUP, jisoo);
    const known: StoredOutcome = {
      outcome: { status: 'logged', seq: asSeq(2), kind: 'message' },
      bodyHash: command.bodyHash,
    };
    expect(table.run(command, { known })).toMatchObject({ documents: [], outcome: known.outcome, repeated: true });
  });

  it('[R1] needs nothing to be loaded or reserved', () => {
    const table = new Table(GROUP);
    const command = found();
    table.run(command);
    table.run(command);
    expect(table.lastNeeds).toEqual({ members: [], target: null, reserveName: null });
  });

  it('[R1] is one only from the same sender and with the same id', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const id = freshId();
    expect(table.run(say(GROUP, jisoo, '하나', id)).outcome).toMatchObject({ seq: 4 });
    expect(table.run(say(GROUP, minji, '하나', id)).outcome).toMatchObject({ seq: 5 });
    expect(table.run(say(GROUP, jisoo, '하나')).outcome).toMatchObject({ seq: 6 });
  });
});

describe('the same id with another body', () => {
  const id = freshId();

  it.each([
    ['logged', () => new Table(GROUP, found(), join(jisoo))],
    ['refused', () => new Table(GROUP, found())],
  ])('[R2] is a conflict when the first was %s, and the first stays as it is', (_what, made) => {
    const table = made();
    const { outcome } = table.run(say(GROUP, jisoo, '하나', id));
    const conflict = table.run(say(GROUP, jisoo, '둘', id));
    expect(conflict).toMatchObject({
      documents: [],
      outcome: { status: 'refused', code: 'cmid-conflict' },
      repeated: false,
    });
    expect(table.run(say(GROUP, jisoo, '하나', id)).outcome).toEqual(outcome);
  });

  it('[R2] is a conflict too when only the store remembers, and for another kind of command', () => {
    const table = new Table(GROUP, found(), join(jisoo));
    const known: StoredOutcome = { outcome: { status: 'noop' }, bodyHash: 'another' };
    expect(table.outcome(say(GROUP, jisoo), { known })).toBe('cmid-conflict');
    table.run(say(GROUP, jisoo, '하나', id));
    expect(table.outcome(commandOf('leave', GROUP, jisoo, {}, id))).toBe('cmid-conflict');
  });
});

describe('what is not logged', () => {
  it('[R3] [I12] is registered with its code and body hash for 24 hours: a refusal', () => {
    const table = new Table(GROUP, found());
    const command = say(GROUP, stranger);
    expect(table.run(command, { now: 5_000 }).documents).toEqual([
      {
        kind: 'refused',
        room: GROUP,
        sender: 'stranger',
        cmid: command.cmid,
        code: 'CHAT_03',
        bodyHash: command.bodyHash,
        expires: 5_000 + 24 * 3_600_000,
      },
    ]);
    expect(REFUSAL_MEMORY_MS).toBe(24 * 3_600_000);
  });

  it('[R3] [I12] is registered: a no-op, and a refusal in a room that is not there', () => {
    const open = commandOf('open', GROUP, minji, {});
    expect(new Table(GROUP, found()).run(open).documents).toMatchObject([{ kind: 'noop', code: null }]);
    const nowhere = asRoomId('r-nowhere');
    expect(new Table(nowhere).run(say(nowhere, minji)).documents).toMatchObject([{ kind: 'refused', code: 'CHAT_01' }]);
  });

  it('[R3] [I1] takes no seq', () => {
    const table = new Table(GROUP, found());
    table.run(say(GROUP, stranger));
    expect(table.run(say(GROUP, minji)).outcome).toMatchObject({ seq: 3 });
  });
});

describe('the outcomes that a room remembers', () => {
  it('[R25] are at least those of its last documents, whatever they were', () => {
    const table = new Table(GROUP, found());
    const commands = Array.from({ length: 400 }, (_, i) => say(GROUP, i % 3 === 0 ? stranger : minji));
    for (const command of commands) table.run(command);
    const remembered = commands.map((c) => table.consider(c).repeated);
    expect(remembered.slice(-RECENT_OUTCOMES_PER_ROOM).every(Boolean)).toBe(true);
    expect(remembered.filter(Boolean).length).toBeLessThanOrEqual(2 * RECENT_OUTCOMES_PER_ROOM);
    expect(remembered[0]).toBe(false);
  });

  it('[R25] are forgotten by a new actor; what it would log then runs into the first in the store', () => {
    const table = new Table(GROUP, found());
    const command = say(GROUP, minji);
    table.run(command);
    table.state = roomFrom(table.record);
    const [again] = table.consider(command).documents;
    expect(again).toMatchObject({ sender: 'minji', cmid: command.cmid, seq: 4 });
  });
});
