import { describe, expect, it } from 'vitest';
import {
  asBatchId,
  asEdgeId,
  asEpoch,
  asGeneration,
  asRoomId,
  asSeq,
  asSessionId,
  asShardId,
  asUserId,
} from '../src/ids.js';
import { decodeBatch, encodeBatch, WIRE_VERSION, type InboxBatch } from '../src/wire/batch.js';
import { decodeEphemeral, encodeEphemeral } from '../src/wire/ephemeral.js';
import { decodeHeartbeat, encodeHeartbeat } from '../src/wire/heartbeat.js';
import { decodePacked, encodePacked, type Packed } from '../src/wire/packed.js';
import { WireFormatError, WireVersionError } from '../src/wire/versioned.js';

const batch: InboxBatch = {
  v: WIRE_VERSION,
  id: asBatchId('b1'),
  edge: asEdgeId('e1.1'),
  session: asSessionId('s1'),
  attempt: 1,
  frames: [
    {
      frame: 'watch',
      ref: 7,
      room: asRoomId('r1'),
      actor: { id: asUserId('u1'), name: '민지 👟', role: 'buyer', shop: null },
    },
    { frame: 'unwatch', rooms: [asRoomId('r2')] },
  ],
};
const packed: Packed = {
  v: WIRE_VERSION,
  shard: asShardId(3),
  epoch: asEpoch(9),
  items: [
    {
      item: 'watching',
      session: asSessionId('s1'),
      ref: 7,
      room: asRoomId('r1'),
      verdict: { status: 'admitted', head: asSeq(4), generation: asGeneration('1') },
    },
  ],
};

const heartbeat = {
  shard: asShardId(3),
  epoch: asEpoch(9),
  lag: { entries: 2, bytes: 512 },
  heads: [[asRoomId('r1'), asSeq(4)]] as const,
};

const typing = {
  kind: 'typing',
  room: asRoomId('r1'),
  userId: asUserId('u1'),
  name: '민지 👟',
  session: asSessionId('s1'),
} as const;
const ephemeral = { shard: asShardId(3), whispers: [typing] };

const envelopes = [
  {
    what: 'a batch',
    good: batch as object,
    encode: () => encodeBatch(batch),
    decode: decodeBatch,
    outline: ['frames', 'edge'],
  },
  {
    what: 'a packed message',
    good: packed as object,
    encode: () => encodePacked(packed),
    decode: decodePacked,
    outline: ['items', 'shard'],
  },
  {
    what: 'a heartbeat',
    good: { v: WIRE_VERSION, ...heartbeat } as object,
    encode: () => encodeHeartbeat(heartbeat),
    decode: decodeHeartbeat,
    outline: ['heads', 'shard'],
  },
  {
    what: 'an ephemeral message',
    good: { v: WIRE_VERSION, ...ephemeral } as object,
    encode: () => encodeEphemeral(ephemeral),
    decode: decodeEphemeral,
    outline: ['whispers', 'shard'],
  },
] as const;

describe.each(envelopes)('$what', ({ good, encode, decode, outline }) => {
  const ofVersion = (v: unknown): string => JSON.stringify({ ...good, v });

  it('[F23] comes back as it was', () => {
    expect(decode(encode())).toEqual(good);
  });

  it('[F23] is read in the version before', () => {
    expect(decode(ofVersion(WIRE_VERSION - 1))).toEqual({ ...good, v: WIRE_VERSION - 1 });
  });

  it('[F23] of a newer version is told apart, whatever its shape', () => {
    expect(() => decode(ofVersion(WIRE_VERSION + 1))).toThrow(WireVersionError);
    expect(() => decode(JSON.stringify({ v: WIRE_VERSION + 5 }))).toThrow(new WireVersionError(WIRE_VERSION + 5));
  });

  it('[F23] of an older version, or of none, is refused', () => {
    for (const v of [WIRE_VERSION - 2, '1', null, undefined])
      expect(() => decode(ofVersion(v))).toThrow(WireFormatError);
  });

  it.each(['', 'not json', '{', 'null', '1', '"text"', '[]', '{}', '{"v":1}'])(
    '[F23] garbage is refused: %j',
    (text) => {
      expect(() => decode(text)).toThrow(WireFormatError);
    },
  );

  it.each(outline)('[F23] without %s it is refused', (field) => {
    expect(() => decode(JSON.stringify({ ...good, [field]: undefined }))).toThrow(WireFormatError);
    expect(() => decode(JSON.stringify({ ...good, [field]: {} }))).toThrow(WireFormatError);
  });
});

it('[D31] whispers of kinds that are not known here are left out', () => {
  const later = [{ kind: 'waving' }, { kind: 'toString' }, { kind: 1 }, {}, null, 'typing', typing];
  const text = JSON.stringify({ v: WIRE_VERSION, ...ephemeral, whispers: later });
  expect(decodeEphemeral(text).whispers).toEqual([typing]);
});
