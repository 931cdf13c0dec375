import { asRoomId, asSeq } from '@munova/contracts';
import { messages } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import { EntryRing } from '../../src/outbound/entry-ring.js';

const ROOM = asRoomId('room-1');

describe('the ring', () => {
  const filled = (from: number, to: number): EntryRing => {
    const ring = new EntryRing(4);
    for (const entry of messages(ROOM, from, to)) ring.push(entry);
    return ring;
  };
  const held = (ring: EntryRing): number[] =>
    Array.from({ length: 30 }, (_, i) => i).filter((s) => ring.get(s)?.seq === s);

  it('[I10] [D5] holds the newest entries and no more', () => {
    expect(held(filled(1, 3))).toEqual([1, 2, 3]);
    expect(held(filled(5, 15))).toEqual([12, 13, 14, 15]);
    expect(held(filled(1, 4))).toEqual([1, 2, 3, 4]);
  });

  it('[D5] begins anew behind a gap', () => {
    const ring = filled(1, 4);
    for (const entry of messages(ROOM, 9, 10)) ring.push(entry);
    expect(held(ring)).toEqual([9, 10]);
    ring.clear();
    expect(held(ring)).toEqual([]);
  });

  it('[D7] forgets the body of what is redacted, and keeps its place', () => {
    const ring = filled(1, 4);
    ring.blank(asSeq(2));
    ring.blank(asSeq(9));
    expect(ring.get(2)).toMatchObject({ seq: 2, content: null, type: null, redacted: true });
    expect(ring.get(3)).toMatchObject({ redacted: false });
  });
});
