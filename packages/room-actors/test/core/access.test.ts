import type { Actor, Command } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { loadedMember, mayRead, needsToRead } from '../../src/core/access.js';
import { needs } from '../../src/core/needs.js';
import { roomFrom, trimMembers, withMember } from '../../src/core/state.js';
import {
  admin,
  agent,
  ask,
  commandOf,
  found,
  GROUP,
  haneul,
  INQUIRY,
  jisoo,
  minji,
  otherSeller,
  say,
  seller,
  stranger,
} from './people.js';
import { Table } from './table.js';

const join = (actor: Actor): Command => commandOf('join', GROUP, actor, {});
const close = (room = GROUP): Command => commandOf('close', room, admin, {});

const reads = (table: Table, actor: Actor): string => {
  let { state } = table;
  for (const user of needsToRead(state, actor)) state = withMember(state, user, null);
  return mayRead(state, actor) ?? 'reads';
};

describe('reading', () => {
  const group = new Table(
    GROUP,
    found(),
    join(jisoo),
    join(haneul),
    join(otherSeller),
    commandOf('leave', GROUP, haneul, {}),
    commandOf('kick', GROUP, minji, { userId: otherSeller.id }),
  );
  const inquiry = new Table(INQUIRY, ask(minji));

  it.each([
    ['the owner', group, minji, 'reads'],
    ['a member', group, jisoo, 'reads'],
    ['an admin', group, admin, 'reads'],
    ['one who left', group, haneul, 'CHAT_03'],
    ['one who was kicked', group, otherSeller, 'CHAT_03'],
    ['one who never joined', group, stranger, 'CHAT_03'],
    ['the buyer', inquiry, minji, 'reads'],
    ['the seller', inquiry, seller, 'reads'],
    ['an admin, an inquiry', inquiry, admin, 'reads'],
    ['another buyer', inquiry, jisoo, 'CHAT_01'],
    ['another seller', inquiry, otherSeller, 'CHAT_01'],
    ['anybody, a room that is not there', new Table(GROUP), minji, 'CHAT_01'],
    ['an admin, a room that is not there', new Table(GROUP), admin, 'CHAT_01'],
  ] as const)('[R21] [R9] %s', (_who, table, actor, verdict) => {
    expect(reads(table, actor)).toBe(verdict);
  });

  it('[R20] [R21] an agent of the shop reads its inquiries, and the seller of no shop does not read as one', () => {
    expect(reads(inquiry, agent)).toBe('reads');
    expect(reads(inquiry, { ...seller, shop: otherSeller.id })).toBe('CHAT_01');
  });

  it('[R21] a closed room is read like an open one', () => {
    const closed = new Table(GROUP, found(), join(jisoo), close());
    expect([minji, jisoo, stranger].map((a) => reads(closed, a))).toEqual(['reads', 'reads', 'CHAT_03']);
    expect(reads(new Table(INQUIRY, ask(), close(INQUIRY)), seller)).toBe('reads');
  });
});

describe('what must be loaded', () => {
  const state = roomFrom(new Table(GROUP, found(), join(jisoo)).record);

  it('[R19] is who acts and who is acted on, once each, but never the owner or what is loaded', () => {
    const members = (command: Command): readonly string[] => needs(state, command).members;
    expect(members(say(GROUP, jisoo))).toEqual(['jisoo']);
    expect(members(say(GROUP, minji))).toEqual([]);
    expect(members(commandOf('kick', GROUP, admin, { userId: jisoo.id }))).toEqual(['root', 'jisoo']);
    expect(members(commandOf('unkick', GROUP, jisoo, { userId: jisoo.id }))).toEqual(['jisoo']);
    expect(needs(withMember(state, jisoo.id, null), say(GROUP, jisoo)).members).toEqual([]);
    expect(needs(roomFrom(new Table(INQUIRY, ask()).record), say(INQUIRY, minji)).members).toEqual([]);
  });

  it('[R21] to read: the reader, but for admins, owners and inquiries', () => {
    expect(needsToRead(state, jisoo)).toEqual(['jisoo']);
    expect(needsToRead(state, minji)).toEqual([]);
    expect(needsToRead(state, admin)).toEqual([]);
    expect(needsToRead(roomFrom(new Table(INQUIRY, ask()).record), jisoo)).toEqual([]);
  });

  it('[R19] is never guessed: judging without it is a bug', () => {
    expect(() => loadedMember(state, jisoo.id)).toThrow(/not loaded/);
    expect(() => mayRead(state, jisoo)).toThrow(/not loaded/);
  });

  it('[R25] is forgotten beyond a bound, and loaded again', () => {
    const loaded = withMember(withMember(state, jisoo.id, null), haneul.id, null);
    expect(trimMembers(loaded, 2)).toBe(loaded);
    expect(trimMembers(loaded, 1).members.size).toBe(0);
    expect(needs(trimMembers(loaded, 1), say(GROUP, jisoo)).members).toEqual(['jisoo']);
  });

  it('[R24] what is loaded already is not replaced by what the store has', () => {
    const { state: live } = new Table(GROUP, found(), join(jisoo));
    expect(withMember(live, jisoo.id, null)).toBe(live);
  });
});
