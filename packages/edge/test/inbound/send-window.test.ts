import { INBOX_MAX_BYTES, INBOX_MAX_ENTRIES, LAG_FREE_SHARE, MAX_QUEUED_SENDS_PER_SESSION } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sendWindow } from '../../src/inbound/send-window.js';

const lagOf = (share: number) => ({ entries: INBOX_MAX_ENTRIES * share, bytes: 0 });

describe('the window of a session', () => {
  it('[E50] is whole where no lag is known, and up to the free share of it', () => {
    for (const lag of [
      null,
      lagOf(0),
      lagOf(LAG_FREE_SHARE),
      { entries: 0, bytes: INBOX_MAX_BYTES * LAG_FREE_SHARE },
    ]) {
      expect(sendWindow(lag)).toBe(MAX_QUEUED_SENDS_PER_SESSION);
    }
  });

  it('[E50] shrinks with what is left of the shard’s inbox, by whichever cap is nearer, and is never shut', () => {
    expect(sendWindow(lagOf((1 + LAG_FREE_SHARE) / 2))).toBe(MAX_QUEUED_SENDS_PER_SESSION / 2);
    expect(sendWindow({ entries: 1, bytes: INBOX_MAX_BYTES })).toBe(1);
    expect(sendWindow(lagOf(3))).toBe(1);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }), (a, b) => {
        expect(sendWindow(lagOf(Math.max(a, b)))).toBeLessThanOrEqual(sendWindow(lagOf(Math.min(a, b))));
      }),
    );
  });
});
