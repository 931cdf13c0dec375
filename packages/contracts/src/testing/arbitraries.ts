/** fast-check arbitraries of the vocabulary: ids, text, actors, commands, and logs as actors write them. */
import fc from 'fast-check';
import { bodyHashOf } from '../body-hash.js';
import type { Actor, Command, CommandBody, CommandKind, CommandOf } from '../commands.js';
import { MESSAGE_TYPES, ROLES, type Entry, type EntryData, type EntryKind, type EntryOf } from '../entries.js';
import {
  asClientMessageId,
  asEpoch,
  asProductId,
  asRoomId,
  asSeq,
  asTagId,
  asUserId,
  type ClientMessageId,
  type ProductId,
  type RoomId,
  type TagId,
  type UserId,
} from '../ids.js';
import {
  MAX_GROUP_CAPACITY,
  MAX_ROOM_NAME_CODE_POINTS,
  MAX_TAGS_PER_ROOM,
  MAX_USER_NAME_CODE_POINTS,
} from '../limits.js';
import { roomNameForm } from '../text.js';
import { NOW } from './fixtures.js';

/** The deployment key under which `anyCommand` and `anyLog` hash their bodies. */
export const TEST_KEY = new Uint8Array(32).fill(7);

const WORD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const MAX_TEXT_UNITS = 60;
const MAX_LOG_ENTRIES = 30;

const idOf = (punctuation: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...WORD, ...punctuation), minLength: 1, maxLength });

export const anyUserId: fc.Arbitrary<UserId> = idOf('._:@-', 128).map(asUserId);
export const anyProductId: fc.Arbitrary<ProductId> = idOf('._:@-', 128).map(asProductId);
export const anyClientMessageId: fc.Arbitrary<ClientMessageId> = idOf('._:-', 64).map(asClientMessageId);
export const anyTagId: fc.Arbitrary<TagId> = idOf('._:-', 64).map(asTagId);
export const anyRoomId: fc.Arbitrary<RoomId> = idOf('_-', 21).map((id) => asRoomId(`r${id}`));

/**
 * What people and machines put into text: Korean whole and in jamo, emoji that are several code
 * points, line ends, controls, marks that change direction, what looks like SQL, JSON or a pattern.
 */
const ODD_UNITS = [
  ...['부', '츠', '안녕하세요', '\u1107\u116e', 'é', 'e\u0301', 'ﬁ', 'Ａ', 'İ', 'ß', 'ς', '漢'],
  ...['👟', '👨‍👩‍👧‍👦', '🇰🇷', '👍🏽', '\u{10ffff}', '\ufdfa', '\uffff', '\ufeff', '\u200b', '\u202e'],
  ...['\n', '\r\n', '\r', '\t', '\u0001', '\u007f', '\u0085', '\u2028', ' ', '\u3000', '\u00a0'],
  ...["'", '"', '\\', '%', '_', '*', '$', '{', '}', '<script>', '--', ';', ':', '/', '\\u0000', '__proto__'],
];
const textUnit = fc.oneof(
  fc.constantFrom(...ODD_UNITS),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((unit) => unit !== '\0'),
);

/** Well-formed text without U+0000, 1 to `maxCodePoints` code points. */
export const anyText = (maxCodePoints: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: textUnit, minLength: 1, maxLength: Math.min(maxCodePoints, MAX_TEXT_UNITS) })
    .filter((text) => Array.from(text).length <= maxCodePoints);

export const anyContent: fc.Arbitrary<string> = anyText(MAX_TEXT_UNITS * 4);
export const anyUserName: fc.Arbitrary<string> = anyText(MAX_USER_NAME_CODE_POINTS);
/** In the form in which names are stored: NFC, trimmed, not empty. */
export const anyRoomName: fc.Arbitrary<string> = anyText(MAX_ROOM_NAME_CODE_POINTS)
  .map(roomNameForm)
  .filter((name) => name !== '' && Array.from(name).length <= MAX_ROOM_NAME_CODE_POINTS);

export const anyActor: fc.Arbitrary<Actor> = fc.record({
  id: anyUserId,
  name: anyUserName,
  role: fc.constantFrom(...ROLES),
  shop: fc.option(anyUserId),
});

const anyCapacity = fc.integer({ min: 1, max: MAX_GROUP_CAPACITY });
const anyTags = fc.uniqueArray(anyTagId, { maxLength: MAX_TAGS_PER_ROOM });
const nothing = fc.constant({});

const anyBody: { readonly [K in CommandKind]: fc.Arbitrary<CommandBody[K]> } = {
  'create-inquiry': fc.record({ productId: anyProductId, productName: anyText(100), sellerId: anyUserId }),
  'create-group': fc.record({ name: anyRoomName, maxParticipants: anyCapacity, tags: anyTags }),
  join: nothing,
  leave: nothing,
  kick: fc.record({ userId: anyUserId }),
  unkick: fc.record({ userId: anyUserId }),
  close: nothing,
  open: nothing,
  update: fc.record({ name: fc.option(anyRoomName), maxParticipants: fc.option(anyCapacity) }),
  message: fc.record({ type: fc.constantFrom(...MESSAGE_TYPES), content: anyContent }),
  redact: fc.record({ targetSeq: fc.integer({ min: 1, max: 1_000_000 }).map(asSeq) }),
};

/** A command of one kind, its body hashed under `TEST_KEY`. */
export const anyCommandOf = <K extends CommandKind>(kind: K): fc.Arbitrary<CommandOf<K>> =>
  fc
    .record({ room: anyRoomId, actor: anyActor, cmid: anyClientMessageId, body: anyBody[kind] })
    .map((parts) => ({ kind, ...parts, bodyHash: bodyHashOf(TEST_KEY, kind, parts.body) }));

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  anyCommandOf('create-inquiry'),
  anyCommandOf('create-group'),
  anyCommandOf('join'),
  anyCommandOf('leave'),
  anyCommandOf('kick'),
  anyCommandOf('unkick'),
  anyCommandOf('close'),
  anyCommandOf('open'),
  anyCommandOf('update'),
  anyCommandOf('message'),
  anyCommandOf('redact'),
);

/** An entry's own part: what its place in a log does not decide. */
type Draft = {
  readonly [K in EntryKind]: Pick<EntryOf<K>, 'kind' | 'data' | 'type' | 'content' | 'redacted'>;
}[EntryKind];

const draftOf = <K extends EntryKind>(kind: K, data: fc.Arbitrary<EntryData[K]>) =>
  data.map((d) => ({ kind, data: d, type: null, content: null, redacted: false }));

const anySeatData = fc.record(
  { userId: anyUserId, seatless: fc.constant(true as const) },
  { requiredKeys: ['userId'] },
);
const anyFirstDraft: fc.Arbitrary<Draft> = draftOf(
  'created',
  fc.oneof(
    fc.record({
      type: fc.constant('GROUP' as const),
      name: anyRoomName,
      ownerId: anyUserId,
      maxParticipants: anyCapacity,
      tags: anyTags,
    }),
    fc.record({
      type: fc.constant('ONE_ON_ONE' as const),
      name: anyText(100),
      productId: anyProductId,
      buyerId: anyUserId,
      sellerId: anyUserId,
    }),
  ),
);
const anyMessageDraft: fc.Arbitrary<Draft> = fc
  .record({ type: fc.constantFrom(...MESSAGE_TYPES), content: anyContent })
  .map((body) => ({ kind: 'message', data: null, redacted: false, ...body }));
const anyLaterDraft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 6, arbitrary: anyMessageDraft },
  draftOf(
    'joined',
    fc.record({
      userId: anyUserId,
      name: anyUserName,
      memberType: fc.constantFrom('OWNER' as const, 'MEMBER' as const, 'ADMIN' as const),
    }),
  ),
  draftOf('left', anySeatData),
  draftOf('kicked', anySeatData),
  draftOf('closed', fc.constant(null)),
  draftOf('opened', fc.constant(null)),
  draftOf('renamed', fc.record({ name: anyRoomName })),
  draftOf('resized', fc.record({ maxParticipants: anyCapacity })),
  draftOf('redacted', fc.record({ targetSeq: fc.integer({ min: 1, max: MAX_LOG_ENTRIES }).map(asSeq) })),
);

const anyAuthor = fc.record({ sender: anyUserId, senderName: anyUserName, senderRole: fc.constantFrom(...ROLES) });
const anyStep = fc.record({ ms: fc.nat(5_000), epochs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(3)) });

const logOf = (
  room: RoomId,
  drafts: readonly Draft[],
  authors: readonly { readonly sender: UserId; readonly senderName: string; readonly senderRole: Actor['role'] }[],
  steps: readonly { readonly ms: number; readonly epochs: number }[],
): readonly Entry[] => {
  let [ts, epoch, n] = [NOW, 1, 0];
  return drafts.map((draft, i) => {
    const author = authors[i % authors.length];
    if (author === undefined) throw new Error('a log has at least one author');
    ts += steps[i]?.ms ?? 0;
    epoch += steps[i]?.epochs ?? 0;
    if (draft.kind === 'message') n += 1;
    const place = { room, seq: asSeq(i + 1), ts, epoch: asEpoch(epoch), n };
    const id = { cmid: asClientMessageId(`m-${String(i + 1)}`), bodyHash: `hash-${String(i + 1)}` };
    return { ...draft, ...author, ...place, ...id };
  });
};

/**
 * A room's whole log: `created` first, seqs from 1 without a hole, `n` counting messages, `ts` and
 * epoch never going back, each id once. Its entries need not make sense as a story.
 */
export const anyLog: fc.Arbitrary<readonly Entry[]> = fc
  .tuple(
    anyRoomId,
    anyFirstDraft,
    fc.array(anyLaterDraft, { maxLength: MAX_LOG_ENTRIES - 1 }),
    fc.array(anyAuthor, { minLength: 1, maxLength: 4 }),
    fc.array(anyStep, { minLength: MAX_LOG_ENTRIES, maxLength: MAX_LOG_ENTRIES }),
  )
  .map(([room, first, later, authors, steps]) => logOf(room, [first, ...later], authors, steps));

/** An entry of any kind, at any place. */
export const anyEntry: fc.Arbitrary<Entry> = anyLog.chain((log) => fc.constantFrom(...log));
