import { ERRORS, type ErrorCode } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { MALFORMED } from './malformed.js';
import { byteByByte, decodeAll } from './support.js';

const isFrame = (event: unknown): boolean => event !== 'heartbeat';

describe('[F1] [F3] [F4] [F6] [F8] [F9] [F10] [F11] malformed frames', () => {
  it.each(MALFORMED)('$title', ({ bytes, version = '1.2', limits, code, reason, before = 0 }) => {
    const input = Buffer.from(bytes, 'latin1');
    const whole = decodeAll([input], { version, limits });
    expect(whole.error).toEqual({ code, detail: expect.stringContaining(reason) as string });
    expect(whole.events.filter(isFrame)).toHaveLength(before);
    expect(whole.midFrame).toBe(false);
  });

  it.each(MALFORMED)('[F2] the same byte by byte: $title', ({ bytes, version = '1.2', limits }) => {
    const input = Buffer.from(bytes, 'latin1');
    const whole = decodeAll([input], { version, limits });
    const dripped = decodeAll(byteByByte(input), { version, limits });
    expect(dripped).toEqual(whole);
  });

  it('[F22] every one of them ends the connection', () => {
    const codes = new Set<ErrorCode>(MALFORMED.map((m) => m.code));
    expect([...codes].map((code) => ERRORS[code].stomp)).toEqual(['fatal', 'fatal']);
  });
});
