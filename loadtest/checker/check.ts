/** Judges the facts of a history by the invariants. Linear in the number of lines. */
import { type Facts, messageKey, type MessageFacts, type RoomFacts } from './facts.js';
import type { LoggedEntry } from './history.js';

/** `C1`: a line refers to nothing; `C2`: `n` or `createdAt` of an entry is wrong. The others are the product's invariants. */
export const CHECKED = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I8', 'I9', 'I12', 'C1', 'C2'] as const;
export type CheckId = (typeof CHECKED)[number];

export interface Violation {
  readonly id: CheckId;
  readonly room: string;
  readonly detail: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly rooms: number;
  readonly messages: number;
  readonly receipts: number;
  readonly refusals: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly lines: number;
}

/** Violations kept; the first ones tell the story. */
const MAX_VIOLATIONS = 1_000;

type Say = (id: CheckId, detail: string) => void;

/** A room's final log, indexed. */
interface Log {
  readonly bySeq: ReadonlyMap<number, LoggedEntry>;
  readonly byId: ReadonlyMap<string, LoggedEntry>;
  readonly head: number;
}

export const check = (facts: Facts): Verdict => {
  const violations: Violation[] = [];
  const sayIn =
    (room: string): Say =>
    (id, detail) => {
      if (violations.length < MAX_VIOLATIONS) violations.push({ id, room, detail });
    };
  for (const stray of facts.strays) sayIn('-')('C1', stray);
  const totals = { messages: 0, receipts: 0, refusals: 0, subscriptions: 0, deliveries: 0 };
  for (const room of facts.rooms.values()) {
    checkRoom(room, sayIn(room.room));
    totals.messages += room.messages.size;
    totals.subscriptions += room.subscriptions.length;
    for (const message of room.messages.values()) {
      totals.receipts += message.receipts.length;
      totals.refusals += message.refusals.length;
    }
    for (const subscription of room.subscriptions) totals.deliveries += subscription.delivered.length;
  }
  return { violations, rooms: facts.rooms.size, lines: facts.lines, ...totals };
};

const checkRoom = (room: RoomFacts, say: Say): void => {
  const log = checkLog(room, say);
  checkCapacity(room.log, say);
  for (const message of room.messages.values()) checkOutcome(message, log, say);
  for (const entry of room.log) checkOrigin(room, entry, say);
  checkSendOrder(room, log, say);
  checkSubscriptions(room, log, say);
};

const nameOf = (e: LoggedEntry): string => `${e.kind} ${e.senderId}/${e.clientMessageId}`;

/** I1, I3 and C2 on the log itself. */
const checkLog = (room: RoomFacts, say: Say): Log => {
  const bySeq = new Map<number, LoggedEntry>();
  const byId = new Map<string, LoggedEntry>();
  let expected = 1;
  let messages = 0;
  let previous = '';
  for (const entry of room.log) {
    if (entry.seq !== expected) say('I1', `seq ${String(entry.seq)} stands where ${String(expected)} was due`);
    expected = entry.seq + 1;
    const key = messageKey(entry.senderId, entry.clientMessageId);
    const twin = byId.get(key);
    if (twin !== undefined) say('I3', `${nameOf(entry)} stands at ${String(twin.seq)} and at ${String(entry.seq)}`);
    else byId.set(key, entry);
    bySeq.set(entry.seq, entry);
    if (entry.kind === 'message') messages += 1;
    if (entry.n !== messages)
      say('C2', `n is ${String(entry.n)} at seq ${String(entry.seq)}, counted ${String(messages)}`);
    if (entry.createdAt < previous) say('C2', `createdAt goes back at seq ${String(entry.seq)}`);
    previous = entry.createdAt;
  }
  const head = room.head ?? expected - 1;
  if (head !== expected - 1) say('I1', `the head is ${String(head)}, the history ends at ${String(expected - 1)}`);
  return { bySeq, byId, head };
};

const field = (data: unknown, name: string): unknown =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;

/** I9 at every prefix. */
const checkCapacity = (log: readonly LoggedEntry[], say: Say): void => {
  const members = new Set<unknown>();
  let capacity = Infinity;
  for (const { kind, data, seq } of log) {
    const limit = field(data, 'maxParticipants');
    if ((kind === 'created' || kind === 'resized') && typeof limit === 'number') capacity = limit;
    if (kind === 'joined') members.add(field(data, 'userId'));
    if (kind === 'left' || kind === 'kicked') members.delete(field(data, 'userId'));
    if (members.size > capacity) {
      say('I9', `${String(members.size)} members at seq ${String(seq)} in a room of ${String(capacity)}`);
    }
  }
};

/** I4, I8 and I12 on what came back for one id. */
const checkOutcome = (message: MessageFacts, log: Log, say: Say): void => {
  const { user, cmid, receipts, refusals, contents } = message;
  const name = `${user}/${cmid}`;
  const logged = log.byId.get(messageKey(user, cmid));
  for (const receipt of receipts) {
    const entry = log.bySeq.get(receipt.seq);
    if (entry?.senderId !== user || entry.clientMessageId !== cmid) {
      const there = entry === undefined ? 'nothing' : nameOf(entry);
      say('I4', `${name} was receipted with seq ${String(receipt.seq)}, where ${there} stands`);
    }
  }
  const content = logged?.content ?? null;
  if (content !== null && !contents.has(content)) say('I4', `${name} is logged with content nobody sent`);
  if (logged !== undefined && logged.seq <= message.receiptedBefore) {
    say(
      'I8',
      `${name} was sent after seq ${String(message.receiptedBefore)} was receipted, and stands at ${String(logged.seq)}`,
    );
  }
  if (new Set(receipts.map(({ seq }) => seq)).size > 1) say('I12', `${name} was receipted with different seqs`);
  const final = refusals.filter(({ retry, code }) => retry === 'never' && code !== 'cmid-conflict');
  const [refusal] = final;
  if (refusal !== undefined && logged !== undefined) {
    say('I12', `${name} was refused with ${refusal.code} and stands at ${String(logged.seq)}`);
  }
  if (refusal !== undefined && receipts.length > 0)
    say('I12', `${name} was refused with ${refusal.code} and receipted`);
  if (new Set(final.map(({ code }) => code)).size > 1) say('I12', `${name} was refused with different codes`);
  if (refusals.some(({ code }) => code === 'cmid-conflict') && contents.size < 2) {
    say('I12', `${name} was refused as a conflict, but was only sent with one body`);
  }
};

/** A message in the log was sent by somebody whose sends were recorded, or by nobody recorded at all. */
const checkOrigin = (room: RoomFacts, entry: LoggedEntry, say: Say): void => {
  if (entry.kind !== 'message' || room.messages.has(messageKey(entry.senderId, entry.clientMessageId))) return;
  say('I4', `${nameOf(entry)} at ${String(entry.seq)} was sent by nobody`);
};

/** I6: the first SENDs of accepted ids, by session. */
const checkSendOrder = (room: RoomFacts, log: Log, say: Say): void => {
  for (const [session, sends] of room.firstSends) {
    let last = 0;
    for (const { user, cmid } of sends) {
      const seq = log.byId.get(messageKey(user, cmid))?.seq;
      if (seq === undefined) continue;
      if (seq < last)
        say('I6', `${session}: ${user}/${cmid} stands at ${String(seq)}, an earlier SEND at ${String(last)}`);
      last = Math.max(last, seq);
    }
  }
};

/** I2 and I5 on what subscribers saw. */
const checkSubscriptions = (room: RoomFacts, log: Log, say: Say): void => {
  for (const { opened, delivered, live } of room.subscriptions) {
    const name = `${opened.session}/${opened.sub}`;
    let cursor = opened.after;
    for (const entry of delivered) {
      if (entry.seq !== cursor + 1) say('I5', `${name} got seq ${String(entry.seq)} after ${String(cursor)}`);
      cursor = entry.seq;
      checkDelivered(name, entry, log, say);
    }
    if (live && cursor < log.head) say('I5', `${name} stopped at ${String(cursor)}, the head is ${String(log.head)}`);
  }
};

const checkDelivered = (name: string, entry: LoggedEntry, log: Log, say: Say): void => {
  const logged = log.bySeq.get(entry.seq);
  if (logged === undefined) {
    say('I5', `${name} got ${nameOf(entry)} at ${String(entry.seq)}, which is not in the log`);
    return;
  }
  const same =
    logged.senderId === entry.senderId &&
    logged.clientMessageId === entry.clientMessageId &&
    logged.kind === entry.kind &&
    (logged.content === entry.content || logged.redacted === true);
  if (!same) say('I2', `${name} got ${nameOf(entry)} at ${String(entry.seq)}, where ${nameOf(logged)} stands now`);
};
