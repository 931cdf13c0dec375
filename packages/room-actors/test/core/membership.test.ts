import type { Actor, Command } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import {
  admin,
  agent,
  close,
  commandOf,
  found,
  GROUP,
  haneul,
  INQUIRY,
  jisoo,
  join,
  kick,
  leave,
  minji,
  seller,
  stranger,
} from './people.js';
import { type Case, group, inquiry, row, Table } from './table.js';

const unkick = (actor: Actor, target: Actor, room = GROUP): Command =>
  commandOf('unkick', room, actor, { userId: target.id });

const full = (): Table => group(join(haneul));

const CASES: readonly Case[] = [
  row('R10', 'joining', group, () => join(haneul), 'joined', 3),
  row('R10', 'joining once more', group, () => join(jisoo), 'noop', 2),
  row('R10', 'the owner joining', group, () => join(minji), 'noop', 2),
  row(
    'R10',
    'a member joining a closed room',
    () => group(close(minji)),
    () => join(jisoo),
    'noop',
    2,
  ),
  row(
    'R10',
    'joining a closed room',
    () => group(close(minji)),
    () => join(haneul),
    'CHAT_02',
    2,
  ),
  row('R10', 'joining a full room', full, () => join(stranger), 'CHAT_06', 3),
  row('R10', 'joining a full room once more', full, () => join(haneul), 'noop', 3),
  row(
    'R10',
    'joining after leaving',
    () => group(leave(jisoo)),
    () => join(jisoo),
    'joined',
    2,
  ),
  row(
    'R10',
    'joining when kicked',
    () => group(kick(minji, jisoo)),
    () => join(jisoo),
    'CHAT_03',
    1,
  ),
  row(
    'R19',
    'kicked and closed',
    () => group(kick(minji, jisoo), close(minji)),
    () => join(jisoo),
    'CHAT_03',
    1,
  ),
  row(
    'R19',
    'closed and full',
    () => group(join(haneul), close(minji)),
    () => join(stranger),
    'CHAT_02',
    3,
  ),
  row('R10', 'a party joining an inquiry', inquiry, () => join(minji, INQUIRY), 'noop', 2),
  row('R20', 'an agent joining the shop’s inquiry', inquiry, () => join(agent, INQUIRY), 'noop', 2),
  row('R9', 'joining another’s inquiry', inquiry, () => join(jisoo, INQUIRY), 'CHAT_01', 2),
  row('R10', 'an admin joining an inquiry', inquiry, () => join(admin, INQUIRY), 'CHAT_03', 2),

  row('R11', 'leaving', group, () => leave(jisoo), 'left', 1),
  row(
    'R11',
    'leaving a closed room',
    () => group(close(minji)),
    () => leave(jisoo),
    'left',
    1,
  ),
  row(
    'R11',
    'leaving twice',
    () => group(leave(jisoo)),
    () => leave(jisoo),
    'CHAT_03',
    1,
  ),
  row(
    'R11',
    'leaving when kicked',
    () => group(kick(minji, jisoo)),
    () => leave(jisoo),
    'CHAT_03',
    1,
  ),
  row('R11', 'a non-member leaving', group, () => leave(stranger), 'CHAT_03', 2),
  row('R11', 'an admin leaving who is no member', group, () => leave(admin), 'CHAT_03', 2),
  row('R11', 'the owner leaving', group, () => leave(minji), 'AUTH_02', 2),
  row('R11', 'leaving an inquiry', inquiry, () => leave(minji, INQUIRY), 'CHAT_10', 2),
  row('R9', 'leaving another’s inquiry', inquiry, () => leave(jisoo, INQUIRY), 'CHAT_01', 2),

  row('R12', 'the owner kicking', group, () => kick(minji, jisoo), 'kicked', 1),
  row('R12', 'an admin kicking', group, () => kick(admin, jisoo), 'kicked', 1),
  row(
    'R12',
    'kicking in a closed room',
    () => group(close(minji)),
    () => kick(minji, jisoo),
    'kicked',
    1,
  ),
  row('R12', 'a member kicking', full, () => kick(jisoo, haneul), 'AUTH_02', 3),
  row('R12', 'a non-member kicking', group, () => kick(stranger, jisoo), 'CHAT_03', 2),
  row('R12', 'kicking who never was a member', group, () => kick(minji, stranger), 'AUTH_01', 2),
  row('R12', 'kicking the owner', group, () => kick(admin, minji), 'AUTH_02', 2),
  row(
    'R12',
    'kicking twice',
    () => group(kick(minji, jisoo)),
    () => kick(minji, jisoo),
    'noop',
    1,
  ),
  row(
    'R12',
    'kicking one who has left',
    () => group(leave(jisoo)),
    () => kick(minji, jisoo),
    'kicked',
    1,
  ),
  row('R12', 'kicking in an inquiry', inquiry, () => kick(seller, minji, INQUIRY), 'CHAT_10', 2),
  row('R12', 'an admin kicking in an inquiry', inquiry, () => kick(admin, minji, INQUIRY), 'CHAT_10', 2),
  row('R9', 'kicking in another’s inquiry', inquiry, () => kick(jisoo, minji, INQUIRY), 'CHAT_01', 2),

  row(
    'R13',
    'the owner unkicking',
    () => group(kick(minji, jisoo)),
    () => unkick(minji, jisoo),
    'left',
    1,
  ),
  row(
    'R13',
    'an admin unkicking',
    () => group(kick(minji, jisoo)),
    () => unkick(admin, jisoo),
    'left',
    1,
  ),
  row('R13', 'unkicking a member', group, () => unkick(minji, jisoo), 'noop', 2),
  row('R13', 'unkicking a stranger', group, () => unkick(minji, stranger), 'noop', 2),
  row('R13', 'unkicking the owner', group, () => unkick(admin, minji), 'noop', 2),
  row(
    'R13',
    'a member unkicking',
    () => group(join(haneul), kick(minji, haneul)),
    () => unkick(jisoo, haneul),
    'AUTH_02',
    2,
  ),
  row(
    'R13',
    'unkicking oneself',
    () => group(kick(minji, jisoo)),
    () => unkick(jisoo, jisoo),
    'CHAT_03',
    1,
  ),
  row('R13', 'unkicking in an inquiry', inquiry, () => unkick(seller, minji, INQUIRY), 'CHAT_10', 2),
];

describe('membership [R9] [R10] [R11] [R12] [R13] [R19] [R20]', () => {
  it.each(CASES)('[$rule] $what: $outcome', ({ table, command, outcome, members }) => {
    const t = table();
    const before = t.head;
    const given = command();
    expect(t.outcome(given)).toBe(outcome);
    expect(t.record.memberCount).toBe(members);
    expect(t.head - before).toBe(['joined', 'left', 'kicked'].includes(outcome) ? 1 : 0);
  });

  it('[R12] one who had left and was kicked gives up no seat and cannot come back', () => {
    const table = group(leave(jisoo), kick(minji, jisoo));
    expect(table.told().at(-1)).toBe('kicked {"userId":"jisoo","seatless":true}');
    expect(table.outcome(join(jisoo))).toBe('CHAT_03');
  });

  it('[R13] one who was unkicked is not joined by it, and may join again', () => {
    const table = group(kick(minji, jisoo), unkick(minji, jisoo));
    expect(table.told().at(-1)).toBe('left {"userId":"jisoo","seatless":true}');
    expect(table.state.members.get(jisoo.id)?.status).toBe('left');
    expect(table.outcome(join(jisoo))).toBe('joined');
    expect(table.record.memberCount).toBe(2);
  });

  it('[R13] an admin who was kicked may unkick himself, and the member count stays right', () => {
    const table = group(join(admin), kick(minji, admin));
    expect(table.outcome(unkick(admin, admin))).toBe('left');
    expect(table.record.memberCount).toBe(2);
  });

  it('[R11] [I9] a seat that was left is free for another, and never for two', () => {
    const table = full();
    table.run(leave(jisoo));
    expect([stranger, admin, jisoo].map((a) => table.outcome(join(a)))).toEqual(['joined', 'CHAT_06', 'CHAT_06']);
    expect(table.record.memberCount).toBe(3);
  });

  it('[R10] a membership tells name, kind and since when', () => {
    const table = new Table(GROUP, found(minji, 3));
    table.run(join(jisoo), { now: 77_000 });
    expect(table.state.members.get(jisoo.id)).toEqual({
      room: GROUP,
      user: 'jisoo',
      name: '지수',
      memberType: 'MEMBER',
      status: 'joined',
      stateSeq: 3,
      joinedAt: 77_000,
    });
    table.run(leave(jisoo), { now: 99_000 });
    expect(table.state.members.get(jisoo.id)).toMatchObject({ status: 'left', stateSeq: 4, joinedAt: 77_000 });
  });
});
