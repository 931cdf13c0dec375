import { describe, expect, it } from 'vitest';
import { ChatError, CLOSE_CODES, ERRORS, errorSpec, isErrorCode, type ErrorCode } from '../src/errors.js';

/** Code and HTTP status, as the interface lists them: the predecessor's first, then ours. */
const INTERFACE: Readonly<Record<string, number>> = {
  CHAT_01: 404,
  CHAT_02: 409,
  CHAT_03: 403,
  CHAT_04: 400,
  CHAT_05: 400,
  CHAT_06: 400,
  CHAT_08: 400,
  CHAT_09: 409,
  CHAT_10: 404,
  CHAT_11: 400,
  AUTH_01: 404,
  AUTH_02: 403,
  PROD_01: 404,
  'bad-request': 400,
  'protocol-error': 400,
  'version-unsupported': 400,
  'connect-timeout': 408,
  'unknown-destination': 404,
  'unknown-subscription': 404,
  'duplicate-subscription': 409,
  'too-many-subscriptions': 429,
  'transactions-unsupported': 400,
  'slow-consumer': 429,
  'session-expired': 401,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'cmid-conflict': 409,
  'too-large': 413,
  'rate-limited': 429,
  reset: 409,
  'page-first': 409,
  'outcome-unknown': 504,
  busy: 503,
  unavailable: 503,
  internal: 500,
};

const CLOSES: Readonly<Record<string, number>> = {
  normal: 1000,
  goingAway: 1001,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  tryLater: 1013,
  unauthenticated: 4001,
  forbidden: 4003,
  outcomeUnknown: 4007,
  protocol: 4008,
  slowConsumer: 4009,
  sessionExpired: 4010,
  rateLimited: 4029,
};

const codes = Object.keys(ERRORS).filter(isErrorCode);
const withTreatment = (treatment: string): ErrorCode[] => codes.filter((c) => errorSpec(c).stomp === treatment).sort();
const closing = (close: number): ErrorCode[] => codes.filter((c) => errorSpec(c).close === close).sort();

describe('the error registry', () => {
  it('[F21] holds exactly the codes of the interface, each with its status', () => {
    expect(Object.fromEntries(codes.map((c) => [c, errorSpec(c).http]))).toEqual(INTERFACE);
    expect(CLOSE_CODES).toEqual(CLOSES);
  });

  it.each(codes)('[F21] %s speaks English and Korean, and closes with a known code', (code) => {
    const { en, ko, close, retry } = errorSpec(code);
    expect(en).toMatch(/^[A-Z1-9][\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*[.]$/);
    expect(ko).not.toMatch(/[\r\n:]/);
    expect(Object.values(CLOSE_CODES)).toContain(close);
    expect(['never', 'later', 'unknown']).toContain(retry);
  });

  it('[F21] a refusal without a close code of its own closes with 4008', () => {
    expect(closing(CLOSE_CODES.forbidden)).toEqual(['AUTH_02', 'CHAT_03', 'forbidden']);
    expect(closing(CLOSE_CODES.tooBig)).toEqual(['too-large']);
    expect(closing(CLOSE_CODES.internal)).toEqual(['internal']);
    expect(closing(CLOSE_CODES.tryLater)).toEqual(['busy', 'unavailable']);
    expect(closing(CLOSE_CODES.unauthenticated)).toEqual(['unauthenticated']);
    expect(closing(CLOSE_CODES.outcomeUnknown)).toEqual(['outcome-unknown']);
    expect(closing(CLOSE_CODES.slowConsumer)).toEqual(['slow-consumer']);
    expect(closing(CLOSE_CODES.sessionExpired)).toEqual(['session-expired']);
    expect(closing(CLOSE_CODES.rateLimited)).toEqual(['rate-limited']);
    expect(closing(CLOSE_CODES.protocol)).toHaveLength(codes.length - 12);
  });

  it('[F22] fatal are exactly the ones the interface names', () => {
    expect(withTreatment('fatal')).toEqual([
      'connect-timeout',
      'internal',
      'outcome-unknown',
      'protocol-error',
      'session-expired',
      'slow-consumer',
      'too-large',
      'transactions-unsupported',
      'unauthenticated',
      'version-unsupported',
    ]);
    expect(withTreatment('pause')).toEqual(['busy', 'rate-limited']);
    expect(withTreatment('none')).toEqual([]);
  });

  it('[F22] what state decided is never retried; what did not happen is retried later', () => {
    const retried = (retry: string): ErrorCode[] => codes.filter((c) => errorSpec(c).retry === retry).sort();
    expect(retried('unknown')).toEqual(['internal', 'outcome-unknown']);
    expect(retried('later')).toEqual([
      'busy',
      'connect-timeout',
      'rate-limited',
      'session-expired',
      'slow-consumer',
      'unavailable',
    ]);
  });

  it('[F21] a name that every object has is no code', () => {
    for (const name of ['toString', '__proto__', 'constructor', '']) expect(isErrorCode(name)).toBe(false);
  });

  it('[F21] an error without detail says the text of its code', () => {
    expect(new ChatError('reset')).toMatchObject({ code: 'reset', message: ERRORS.reset.en, facts: {} });
    const reset = new ChatError('reset', 'last-seq 9 is beyond head 4', { generation: 'g1', head: 4 });
    expect(reset).toMatchObject({ message: 'last-seq 9 is beyond head 4', facts: { generation: 'g1', head: 4 } });
  });
});
