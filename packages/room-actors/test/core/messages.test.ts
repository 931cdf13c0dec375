import { asSeq, type Actor, type Command } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import {
  admin,
  agent,
  close,
  commandOf,
  GROUP,
  haneul,
  INQUIRY,
  jisoo,
  join,
  kick,
  leave,
  minji,
  otherSeller,
  say,
  seller,
  stranger,
} from './people.js';
import type { Table } from './table.js';
import { type Case, group, inquiry, row } from './table.js';

const redact = (actor: Actor, targetSeq: number, room = GROUP): Command =>
  commandOf('redact', room, actor, { targetSeq: asSeq(targetSeq) });

/** Its fourth entry is jisoo's. */
const talk = (...more: Command[]): Table => group(say(GROUP, jisoo, '실수'), ...more);
const inquiryTalk = (...more: Command[]): Table => inquiry(say(INQUIRY, minji, '실수'), ...more);
const closedGroup = (): Table => group(close(minji));
const closedInquiry = (): Table => inquiry(close(seller, INQUIRY));

const CASES: readonly Case[] = [
  row('R17', 'the owner sending', group, () => say(GROUP, minji), 'message', 2),
  row('R17', 'a member sending', group, () => say(GROUP, jisoo), 'message', 2),
  row('R17', 'a non-member sending', group, () => say(GROUP, stranger), 'CHAT_03', 2),
  row('R17', 'an admin sending who is no member', group, () => say(GROUP, admin), 'CHAT_03', 2),
  row(
    'R17',
    'an admin sending who is a member',
    () => group(join(admin)),
    () => say(GROUP, admin),
    'message',
    3,
  ),
  row(
    'R17',
    'sending after leaving',
    () => group(leave(jisoo)),
    () => say(GROUP, jisoo),
    'CHAT_03',
    1,
  ),
  row(
    'R17',
    'sending when kicked',
    () => group(kick(minji, jisoo)),
    () => say(GROUP, jisoo),
    'CHAT_03',
    1,
  ),
  row('R17', 'sending into a closed room', closedGroup, () => say(GROUP, jisoo), 'CHAT_02', 2),
  row('R19', 'a non-member sending into a closed room', closedGroup, () => say(GROUP, stranger), 'CHAT_03', 2),
  row('R17', 'the buyer sending', inquiry, () => say(INQUIRY, minji), 'message', 2),
  row('R17', 'the seller sending', inquiry, () => say(INQUIRY, seller), 'message', 2),
  row('R20', 'an agent of the shop sending', inquiry, () => say(INQUIRY, agent), 'message', 2),
  row('R9', 'another seller sending', inquiry, () => say(INQUIRY, otherSeller), 'CHAT_01', 2),
  row('R9', 'another buyer sending', inquiry, () => say(INQUIRY, jisoo), 'CHAT_01', 2),
  row('R17', 'an admin sending into an inquiry', inquiry, () => say(INQUIRY, admin), 'CHAT_03', 2),
  row('R17', 'sending into a closed inquiry', closedInquiry, () => say(INQUIRY, minji), 'CHAT_02', 2),
  row('R9', 'another sending into a closed inquiry', closedInquiry, () => say(INQUIRY, jisoo), 'CHAT_01', 2),

  row('R18', 'the author redacting', talk, () => redact(jisoo, 4), 'redacted', 2),
  row('R18', 'the owner redacting', talk, () => redact(minji, 4), 'redacted', 2),
  row('R18', 'an admin redacting', talk, () => redact(admin, 4), 'redacted', 2),
  row(
    'R18',
    'redacting in a closed room',
    () => talk(close(minji)),
    () => redact(jisoo, 4),
    'redacted',
    2,
  ),
  row(
    'R18',
    'another member redacting',
    () => talk(join(haneul)),
    () => redact(haneul, 4),
    'AUTH_02',
    3,
  ),
  row('R18', 'a non-member redacting', talk, () => redact(stranger, 4), 'CHAT_03', 2),
  row(
    'R18',
    'the author redacting after leaving',
    () => talk(leave(jisoo)),
    () => redact(jisoo, 4),
    'CHAT_03',
    1,
  ),
  row('R18', 'redacting what is no message', talk, () => redact(minji, 1), 'not-found', 2),
  row('R18', 'redacting what is not there', talk, () => redact(minji, 5), 'not-found', 2),
  row('R18', 'redacting the place before the first', talk, () => redact(minji, 0), 'not-found', 2),
  row('R19', 'a non-member redacting what is not there', talk, () => redact(stranger, 9), 'CHAT_03', 2),
  row(
    'R18',
    'redacting twice',
    () => talk(redact(jisoo, 4)),
    () => redact(minji, 4),
    'noop',
    2,
  ),
  row(
    'R19',
    'another redacting what is redacted',
    () => talk(join(haneul), redact(jisoo, 4)),
    () => redact(haneul, 4),
    'AUTH_02',
    3,
  ),
  row('R18', 'the author redacting in an inquiry', inquiryTalk, () => redact(minji, 4, INQUIRY), 'redacted', 2),
  row('R18', 'the other party redacting', inquiryTalk, () => redact(seller, 4, INQUIRY), 'AUTH_02', 2),
  row('R18', 'an admin redacting in an inquiry', inquiryTalk, () => redact(admin, 4, INQUIRY), 'redacted', 2),
  row('R9', 'another redacting in an inquiry', inquiryTalk, () => redact(jisoo, 4, INQUIRY), 'CHAT_01', 2),
];

describe('messages [R9] [R17] [R18] [R19] [R20]', () => {
  it.each(CASES)('[$rule] $what: $outcome', ({ table, command, outcome, members }) => {
    const t = table();
    const head = t.head;
    expect(t.outcome(command())).toBe(outcome);
    expect(t.record.memberCount).toBe(members);
    expect(t.head).toBe(['message', 'redacted'].includes(outcome) ? head + 1 : head);
  });

  it('[R18] redacted already changes nothing once the store has blanked it and the room has forgotten it', () => {
    const table = talk();
    table.blank(4);
    expect(table.outcome(redact(jisoo, 4))).toBe('noop');
  });

  it('[R5] an entry says who, under which name and role, when, and how many messages there are', () => {
    const table = group();
    const command = say(GROUP, jisoo, '안녕 👟');
    table.run(command, { now: 50_000 });
    expect(table.entries.at(-1)).toEqual({
      kind: 'message',
      room: GROUP,
      seq: 4,
      sender: 'jisoo',
      senderName: '지수',
      senderRole: 'buyer',
      cmid: command.cmid,
      type: 'TEXT',
      content: '안녕 👟',
      redacted: false,
      data: null,
      bodyHash: command.bodyHash,
      ts: 50_000,
      n: 1,
      epoch: 1,
    });
  });

  it('[R5] the time never goes back along seq, and only messages are counted', () => {
    const table = group();
    table.run(say(GROUP, jisoo), { now: 90_000 });
    table.run(say(GROUP, minji), { now: 20_000 });
    table.run(close(minji), { now: 90_001 });
    expect(table.entries.slice(3).map(({ ts, n }) => ({ ts, n }))).toEqual([
      { ts: 90_000, n: 1 },
      { ts: 90_000, n: 2 },
      { ts: 90_001, n: 2 },
    ]);
    expect(table.record).toMatchObject({ n: 2, lastTs: 90_001, lastMessageTime: 90_000 });
  });
});

describe('the last message of a room', () => {
  it('[R22] is the first 20 code points of the newest', () => {
    const table = group(say(GROUP, jisoo, '짧다'));
    expect(table.record).toMatchObject({ lastMessage: '짧다', lastMessageSeq: 4 });
    table.run(say(GROUP, jisoo, '👟'.repeat(21)));
    expect(table.record).toMatchObject({ lastMessage: '👟'.repeat(20), lastMessageSeq: 5 });
    table.run(say(GROUP, jisoo, `${'가'.repeat(19)}👟나`));
    expect(table.record.lastMessage).toBe(`${'가'.repeat(19)}👟`);
  });

  it('[R22] is null once that is redacted, keeps its place and time, and is back with the next message', () => {
    const table = group(say(GROUP, jisoo, '하나'), say(GROUP, jisoo, '둘'));
    const { lastMessageTime } = table.record;
    table.run(redact(jisoo, 4));
    expect(table.record.lastMessage).toBe('둘');
    table.run(redact(jisoo, 5));
    expect(table.record).toMatchObject({ lastMessage: null, lastMessageSeq: 5, lastMessageTime });
    table.run(say(GROUP, jisoo, '셋'));
    expect(table.record.lastMessage).toBe('셋');
  });
});
