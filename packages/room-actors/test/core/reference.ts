/**
 * The rules of rooms once more, as naively as can be: what a command comes to is read off the whole
 * log before it, every time. Knows nothing of the code it is compared with.
 */
import type { Command, Entry, ErrorCode, EntryKind, UserId } from '@munova/contracts';

export type Verdict = { refused: ErrorCode } | 'noop' | { logged: [EntryKind, unknown][] };
type Log = readonly Entry[];

export const seatOf = (log: Log, user: UserId): 'joined' | 'left' | 'kicked' | 'never' => {
  let seat: ReturnType<typeof seatOf> = 'never';
  for (const e of log) {
    if ((e.kind === 'joined' || e.kind === 'left' || e.kind === 'kicked') && e.data.userId === user) seat = e.kind;
  }
  return seat;
};

export const seated = (log: Log): number => {
  const users = new Set(log.flatMap((e) => (e.kind === 'joined' ? [e.data.userId] : [])));
  return [...users].filter((user) => seatOf(log, user) === 'joined').length;
};

export const capacityOf = (log: Log): number => {
  let capacity = Infinity;
  for (const e of log) {
    if (e.kind === 'created' && e.data.type === 'GROUP') capacity = e.data.maxParticipants;
    if (e.kind === 'resized') capacity = e.data.maxParticipants;
  }
  return capacity;
};

export const nameOf = (log: Log): string | null => {
  let name: string | null = null;
  for (const e of log) if (e.kind === 'created' || e.kind === 'renamed') name = e.data.name;
  return name;
};

export const isOpen = (log: Log): boolean => {
  const last = log.filter((e) => e.kind === 'created' || e.kind === 'opened' || e.kind === 'closed').at(-1);
  return last !== undefined && last.kind !== 'closed';
};

const tidy = (name: string): string => name.normalize('NFC').trim();
const no = (refused: ErrorCode): Verdict => ({ refused });
const yes = (...logged: [EntryKind, unknown][]): Verdict => ({ logged });

export const judge = (log: Log, command: Command, nameTaken: boolean): Verdict => {
  const created = log.find((e) => e.kind === 'created');
  if (created === undefined) return judgeWithoutRoom(log, command, nameTaken);
  return created.data.type === 'GROUP'
    ? judgeInGroup(log, created.data.ownerId, command, nameTaken)
    : judgeInInquiry(log, created.data, command);
};

const judgeWithoutRoom = (log: Log, { kind, body, actor }: Command, nameTaken: boolean): Verdict => {
  if (log.length > 0) return no('CHAT_01');
  const joined = (userId: UserId, name: string, memberType: string): [EntryKind, unknown] => [
    'joined',
    { userId, name, memberType },
  ];
  if (kind === 'create-inquiry') {
    const { productId, productName, sellerId } = body;
    if (sellerId === (actor.shop ?? actor.id)) return no('CHAT_11');
    const name = `[${productName}] 문의 - ${actor.name}님`;
    return yes(
      ['created', { type: 'ONE_ON_ONE', name, productId, buyerId: actor.id, sellerId }],
      joined(actor.id, actor.name, 'MEMBER'),
      joined(sellerId, sellerId, 'MEMBER'),
    );
  }
  if (kind !== 'create-group') return no('CHAT_01');
  if (nameTaken) return no('CHAT_09');
  const { name, maxParticipants, tags } = body;
  return yes(
    ['created', { type: 'GROUP', name: tidy(name), ownerId: actor.id, maxParticipants, tags }],
    joined(actor.id, actor.name, 'OWNER'),
  );
};

const judgeInInquiry = (log: Log, of: { buyerId: UserId; sellerId: UserId }, command: Command): Verdict => {
  const { kind, actor } = command;
  const buyer = actor.id === of.buyerId;
  const seller = !buyer && (actor.shop ?? actor.id) === of.sellerId;
  const admin = actor.role === 'admin';
  if (kind === 'create-group' || (kind === 'create-inquiry' && !buyer)) return no('CHAT_01');
  if (!buyer && !seller && !admin) return no('CHAT_01');
  switch (kind) {
    case 'create-inquiry':
      return isOpen(log) ? 'noop' : yes(['opened', null]);
    case 'join':
      return buyer || seller ? 'noop' : no('CHAT_03');
    case 'leave':
    case 'kick':
    case 'unkick':
    case 'update':
      return no('CHAT_10');
    case 'close':
      if (!seller && !admin) return no('AUTH_02');
      return isOpen(log) ? yes(['closed', null]) : no('CHAT_02');
    case 'open':
      if (!seller && !admin) return no('AUTH_02');
      return isOpen(log) ? 'noop' : yes(['opened', null]);
    case 'message':
      if (!buyer && !seller) return no('CHAT_03');
      return isOpen(log) ? yes(['message', null]) : no('CHAT_02');
    case 'redact':
      return redaction(log, command.body.targetSeq, actor.id, admin);
  }
};

const judgeInGroup = (log: Log, owner: UserId, command: Command, nameTaken: boolean): Verdict => {
  const { kind, actor } = command;
  const seat = seatOf(log, actor.id);
  const boss = actor.id === owner || actor.role === 'admin';
  switch (kind) {
    case 'create-inquiry':
      return no('CHAT_01');
    case 'create-group':
      return actor.id === owner ? 'noop' : no('CHAT_01');
    case 'join':
      if (seat === 'joined') return 'noop';
      if (seat === 'kicked') return no('CHAT_03');
      if (!isOpen(log)) return no('CHAT_02');
      if (seated(log) >= capacityOf(log)) return no('CHAT_06');
      return yes(['joined', { userId: actor.id, name: actor.name, memberType: 'MEMBER' }]);
    case 'message':
      if (seat !== 'joined') return no('CHAT_03');
      return isOpen(log) ? yes(['message', null]) : no('CHAT_02');
    case 'leave':
      if (seat !== 'joined') return no('CHAT_03');
      return actor.id === owner ? no('AUTH_02') : yes(['left', { userId: actor.id }]);
    case 'redact':
      if (seat !== 'joined' && !boss) return no('CHAT_03');
      return redaction(log, command.body.targetSeq, actor.id, boss);
    default:
      if (!boss) return no(seat === 'joined' ? 'AUTH_02' : 'CHAT_03');
      return judgeManaging(log, owner, command, nameTaken);
  }
};

const judgeManaging = (log: Log, owner: UserId, command: Command, nameTaken: boolean): Verdict => {
  if (command.kind === 'close') return isOpen(log) ? yes(['closed', null]) : no('CHAT_02');
  if (command.kind === 'open') return isOpen(log) ? 'noop' : yes(['opened', null]);
  if (command.kind === 'kick' || command.kind === 'unkick') {
    const { userId } = command.body;
    const seat = seatOf(log, userId);
    if (command.kind === 'unkick') return seat === 'kicked' ? yes(['left', { userId, seatless: true }]) : 'noop';
    if (userId === owner) return no('AUTH_02');
    if (seat === 'never') return no('AUTH_01');
    if (seat === 'kicked') return 'noop';
    return yes(['kicked', seat === 'left' ? { userId, seatless: true } : { userId }]);
  }
  if (command.kind !== 'update') throw new Error(`nobody manages by ${command.kind}`);
  const { name, maxParticipants } = command.body;
  if (maxParticipants !== null && maxParticipants < seated(log)) return no('CHAT_04');
  const logged: [EntryKind, unknown][] = [];
  if (name !== null && tidy(name) !== nameOf(log)) logged.push(['renamed', { name: tidy(name) }]);
  if (logged.length > 0 && nameTaken) return no('CHAT_09');
  if (maxParticipants !== null && maxParticipants !== capacityOf(log)) logged.push(['resized', { maxParticipants }]);
  return logged.length === 0 ? 'noop' : yes(...logged);
};

const redaction = (log: Log, targetSeq: number, by: UserId, boss: boolean): Verdict => {
  const target = log.find((e) => e.seq === targetSeq);
  if (target?.kind !== 'message') return no('not-found');
  if (target.sender !== by && !boss) return no('AUTH_02');
  if (target.redacted || log.some((e) => e.kind === 'redacted' && e.data.targetSeq === targetSeq)) return 'noop';
  return yes(['redacted', { targetSeq }]);
};
