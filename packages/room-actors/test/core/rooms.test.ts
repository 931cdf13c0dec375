import type { Actor, Command } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { holdsName } from '../../src/core/state.js';
import {
  admin,
  agent,
  close,
  commandOf,
  found,
  GROUP,
  INQUIRY,
  jisoo,
  minji,
  otherSeller,
  seller,
  stranger,
} from './people.js';
import { type Case, group, inquiry, row, Table } from './table.js';

const open = (actor: Actor, room = GROUP): Command => commandOf('open', room, actor, {});
const update = (actor: Actor, name: string | null, maxParticipants: number | null, room = GROUP): Command =>
  commandOf('update', room, actor, { name, maxParticipants });

const closed = (): Table => group(close(minji));
const closedInquiry = (): Table => inquiry(close(seller, INQUIRY));

const CASES: readonly Case[] = [
  row('R14', 'the owner closing', group, () => close(minji), 'closed', 2),
  row('R14', 'an admin closing a group', group, () => close(admin), 'closed', 2),
  row('R14', 'a member closing', group, () => close(jisoo), 'AUTH_02', 2),
  row('R14', 'a non-member closing', group, () => close(stranger), 'CHAT_03', 2),
  row('R14', 'closing what is closed', closed, () => close(minji), 'CHAT_02', 2),
  row('R19', 'a member closing what is closed', closed, () => close(jisoo), 'AUTH_02', 2),
  row('R14', 'the owner opening', closed, () => open(minji), 'opened', 2),
  row('R14', 'an admin opening', closed, () => open(admin), 'opened', 2),
  row('R14', 'opening what is open', group, () => open(minji), 'noop', 2),
  row('R14', 'a member opening what is open', group, () => open(jisoo), 'AUTH_02', 2),
  row('R14', 'a non-member opening', closed, () => open(stranger), 'CHAT_03', 2),

  row('R14', 'the seller closing', inquiry, () => close(seller, INQUIRY), 'closed', 2),
  row('R20', 'an agent of the shop closing', inquiry, () => close(agent, INQUIRY), 'closed', 2),
  row('R14', 'an admin closing an inquiry', inquiry, () => close(admin, INQUIRY), 'closed', 2),
  row('R14', 'the buyer closing', inquiry, () => close(minji, INQUIRY), 'AUTH_02', 2),
  row('R9', 'another seller closing', inquiry, () => close(otherSeller, INQUIRY), 'CHAT_01', 2),
  row('R14', 'the seller closing twice', closedInquiry, () => close(seller, INQUIRY), 'CHAT_02', 2),
  row('R14', 'the seller opening', closedInquiry, () => open(seller, INQUIRY), 'opened', 2),
  row('R14', 'the buyer opening', closedInquiry, () => open(minji, INQUIRY), 'AUTH_02', 2),
  row('R14', 'the seller opening what is open', inquiry, () => open(seller, INQUIRY), 'noop', 2),

  row('R15', 'the owner renaming', group, () => update(minji, '로퍼', null), 'renamed', 2),
  row('R15', 'an admin renaming', group, () => update(admin, '로퍼', null), 'renamed', 2),
  row('R15', 'the owner resizing', group, () => update(minji, null, 9), 'resized', 2),
  row('R15', 'resizing to the member count', group, () => update(minji, null, 2), 'resized', 2),
  row('R15', 'resizing below the member count', group, () => update(minji, null, 1), 'CHAT_04', 2),
  row('R15', 'updating a closed room', closed, () => update(minji, '로퍼', null), 'renamed', 2),
  row('R15', 'nothing to update', group, () => update(minji, null, null), 'noop', 2),
  row('R15', 'the name and size there are', group, () => update(minji, ' 부츠 모임', 3), 'noop', 2),
  row('R15', 'a member renaming', group, () => update(jisoo, '로퍼', null), 'AUTH_02', 2),
  row('R15', 'a non-member renaming', group, () => update(stranger, '로퍼', null), 'CHAT_03', 2),
  row('R15', 'renaming an inquiry', inquiry, () => update(seller, '로퍼', null, INQUIRY), 'CHAT_10', 2),
  row('R9', 'renaming another’s inquiry', inquiry, () => update(jisoo, '로퍼', null, INQUIRY), 'CHAT_01', 2),
];

const LOGGED = ['closed', 'opened', 'renamed', 'resized'];

describe('a room [R9] [R14] [R15] [R19] [R20]', () => {
  it.each(CASES)('[$rule] $what: $outcome', ({ table, command, outcome, members }) => {
    const t = table();
    const { head, record } = { head: t.head, record: t.record };
    expect(t.outcome(command())).toBe(outcome);
    expect(t.record.memberCount).toBe(members);
    if (LOGGED.includes(outcome)) expect(t.head).toBe(head + 1);
    else expect(t.record).toEqual(record);
  });

  it('[R14] is closed and opened as its log says', () => {
    const table = group(close(minji));
    expect(table.record.status).toBe('CLOSED');
    table.run(open(minji));
    expect(table.record.status).toBe('OPENED');
  });

  it('[R15] is renamed and resized at once, or not at all', () => {
    const table = group();
    expect(table.outcome(update(minji, '로퍼', 1))).toBe('CHAT_04');
    expect(table.outcome(update(minji, '로퍼', 5), { nameTaken: true })).toBe('CHAT_09');
    expect(table.record).toMatchObject({ name: '부츠 모임', maxParticipants: 3 });
    expect(table.outcome(update(minji, '로퍼', 5))).toBe('renamed');
    expect(table.told(3)).toEqual(['renamed {"name":"로퍼"}', 'resized {"maxParticipants":5}']);
    expect(table.record).toMatchObject({ name: '로퍼', maxParticipants: 5 });
  });

  it('[R19] a size below the member count is said before a name that is taken', () => {
    expect(group().outcome(update(minji, '로퍼', 1), { nameTaken: true })).toBe('CHAT_04');
  });
});

describe('a group’s name', () => {
  const COMPOSED = '\u{ac00}';
  const DECOMPOSED = '\u{1100}\u{1161}';

  it('[R16] is stored and reserved after NFC and trimming', () => {
    const table = new Table(GROUP);
    table.run(found(minji, 3, ` ${DECOMPOSED}\t`));
    expect(table.lastNeeds?.reserveName).toBe(COMPOSED);
    expect(table.record.name).toBe(COMPOSED);
    expect(holdsName(table.state, COMPOSED)).toBe(true);
    table.run(update(minji, ` ${DECOMPOSED}로퍼 `, null));
    expect(table.lastNeeds?.reserveName).toBe(`${COMPOSED}로퍼`);
    expect(table.record.name).toBe(`${COMPOSED}로퍼`);
  });

  it('[R16] is reserved only for who may take it, and only where it would change', () => {
    const reserved = (table: Table, command: Command): string | null => {
      table.run(command);
      return table.lastNeeds?.reserveName ?? null;
    };
    expect(reserved(group(), update(minji, '로퍼', null))).toBe('로퍼');
    expect(reserved(group(), update(admin, '로퍼', null))).toBe('로퍼');
    expect(reserved(group(), update(jisoo, '로퍼', null))).toBeNull();
    expect(reserved(group(), update(stranger, '로퍼', null))).toBeNull();
    expect(reserved(group(), update(minji, '부츠 모임', null))).toBeNull();
    expect(reserved(group(), update(minji, null, 5))).toBeNull();
    expect(reserved(inquiry(), update(seller, '로퍼', null, INQUIRY))).toBeNull();
    expect(reserved(group(), found())).toBeNull();
  });

  it('[R16] is given up by a rename', () => {
    expect(group().run(update(minji, '로퍼', null)).releaseName).toBe('부츠 모임');
    expect(group().run(update(minji, null, 5)).releaseName).toBeNull();
    expect(group().run(close(minji)).releaseName).toBeNull();
  });

  it('[R16] that was reserved for what is refused is released, but never the one the room holds', () => {
    expect(group().run(update(minji, '로퍼', 1)).releaseName).toBe('로퍼');
    expect(group().run(update(minji, '로퍼', null), { nameTaken: true }).releaseName).toBeNull();
    expect(group().run(update(minji, '부츠 모임', 1)).releaseName).toBeNull();
    expect(new Table(GROUP).run(found(), { nameTaken: true }).releaseName).toBeNull();
  });

  it('[R16] that was reserved once more for a repeat is released, but never the one the room holds', () => {
    const refused = { outcome: { status: 'refused', code: 'CHAT_09' }, bodyHash: found().bodyHash } as const;
    expect(new Table(GROUP).run(found(), { known: refused }).releaseName).toBe('부츠 모임');
    const table = group();
    const rename = update(minji, '로퍼', null);
    const known = { outcome: table.run(rename).outcome, bodyHash: rename.bodyHash };
    expect(table.run(rename, { known }).releaseName).toBeNull();
    table.run(update(minji, '샌들', null));
    expect(table.run(rename, { known }).releaseName).toBe('로퍼');
  });
});
