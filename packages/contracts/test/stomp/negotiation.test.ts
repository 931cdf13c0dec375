import { ChatError, MIN_HEARTBEAT_MS } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatHeartbeat,
  negotiateHeartbeat,
  negotiateVersion,
  NO_HEARTBEAT,
  parseHeartbeat,
} from '../../src/stomp/index.js';

describe('versions', () => {
  it.each([
    [undefined, '1.0'],
    ['1.0', '1.0'],
    ['1.0,1.1', '1.1'],
    ['1.2,1.1,1.0', '1.2'],
    ['1.1, 2.0', '1.1'],
    ['1.2', '1.2'],
    ['2.0', null],
    ['1.20,11.2', null],
    ['', null],
  ] as const)('[F17] accept-version %s: %s', (accept, version) => {
    expect(negotiateVersion(accept)).toBe(version);
  });
});

describe('heart-beats', () => {
  it('[F18] the header is two numbers of milliseconds; none means no heart-beats', () => {
    expect(parseHeartbeat(undefined)).toEqual(NO_HEARTBEAT);
    expect(parseHeartbeat('0,0')).toEqual({ canSend: 0, wants: 0 });
    expect(parseHeartbeat('10000,4000')).toEqual({ canSend: 10000, wants: 4000 });
    expect(parseHeartbeat('2147483647,0')).toEqual({ canSend: 2147483647, wants: 0 });
    expect(parseHeartbeat(formatHeartbeat({ canSend: 5000, wants: 6000 }))).toEqual({ canSend: 5000, wants: 6000 });
  });

  it.each([
    '',
    '1',
    '1,',
    ',1',
    '1,2,3',
    '-1,0',
    '1.5,0',
    '1e3,0',
    'a,b',
    '0x1,0',
    ' 1,2',
    '2147483648,0',
    '0,99999999999',
  ])('[F18] rubbish is refused: %j', (header) => {
    let thrown: unknown = null;
    try {
      parseHeartbeat(header);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ChatError);
    expect(thrown).toMatchObject({ code: 'protocol-error' });
  });

  it('[F18] each way the greater of can and wants', () => {
    const server = { canSend: 5000, wants: 8000 };
    expect(negotiateHeartbeat({ canSend: 10000, wants: 6000 }, server)).toEqual({
      serverSends: 6000,
      clientSends: 10000,
    });
    expect(negotiateHeartbeat({ canSend: 7000, wants: 1000 }, server)).toEqual({
      serverSends: 5000,
      clientSends: 8000,
    });
    expect(negotiateHeartbeat({ canSend: 0, wants: 9000 }, server)).toEqual({ serverSends: 9000, clientSends: 0 });
    expect(negotiateHeartbeat({ canSend: 9000, wants: 0 }, server)).toEqual({ serverSends: 0, clientSends: 9000 });
    expect(negotiateHeartbeat({ canSend: 9000, wants: 9000 }, NO_HEARTBEAT)).toEqual({
      serverSends: 0,
      clientSends: 0,
    });
  });

  it('[F18] never more often than the least interval, whoever asks', () => {
    const ms = fc.nat({ max: 30_000 });
    const offer = fc.record({ canSend: ms, wants: ms });
    fc.assert(
      fc.property(offer, offer, (client, server) => {
        const { serverSends, clientSends } = negotiateHeartbeat(client, server);
        for (const agreed of [serverSends, clientSends]) expect(agreed === 0 || agreed >= MIN_HEARTBEAT_MS).toBe(true);
      }),
    );
  });
});
