import { describe, expect, it } from 'vitest';
import { agree } from '../../src/transports/websocket-handshake.js';

/** The example of RFC 6455, 1.3. */
const HEADERS = {
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const ask = (more: Record<string, string | undefined> = {}, method = 'GET') =>
  agree({ method, url: '/ws', headers: { ...HEADERS, ...more } });
const statusOf = (more: Record<string, string | undefined>, method = 'GET'): unknown => {
  const handshake = ask(more, method);
  return handshake.agreed ? 101 : handshake.status;
};

describe('[E41] the opening handshake', () => {
  it('[E41] is answered as the RFC shows', () => {
    expect(ask()).toEqual({
      agreed: true,
      answer:
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    });
  });

  it('[E41] gives the first subprotocol that was offered, and no extension', () => {
    const offers = { 'sec-websocket-protocol': 'v12.stomp, v11.stomp,v10.stomp', 'sec-websocket-extensions': 'x; y=1' };
    const handshake = ask(offers);
    expect(handshake.agreed && handshake.answer).toMatch(/\r\nSec-WebSocket-Protocol: v12\.stomp\r\n\r\n$/);
    expect(handshake.agreed && handshake.answer).not.toMatch(/extensions/i);
  });

  it.each(['', ',', 'v12.stomp,', ', v12.stomp', 'v12.stomp, v12.stomp', 'v12 stomp', 'v12.stomp, "x"', 'a\u00e9'])(
    '[E41] refuses the subprotocols %j with 400',
    (offered) => {
      expect(statusOf({ 'sec-websocket-protocol': offered })).toBe(400);
    },
  );

  it.each([undefined, '', 'short==', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZ!==', 'dGhlIHNhbXBsZSBub25jZWE='])(
    '[E41] refuses the key %j with 400',
    (key) => {
      expect(statusOf({ 'sec-websocket-key': key })).toBe(400);
    },
  );

  it.each([undefined, '', '8', '12', '14', '013', '13, 8', '13.0'])('[E41] refuses version %j with 426', (version) => {
    expect(ask({ 'sec-websocket-version': version })).toMatchObject({
      agreed: false,
      status: 426,
      headers: { 'Sec-WebSocket-Version': '13' },
    });
  });

  it('[E41] refuses another method with 405, and another upgrade with 400', () => {
    expect(statusOf({}, 'POST')).toBe(405);
    expect(statusOf({ upgrade: 'h2c' })).toBe(400);
    expect(statusOf({ upgrade: undefined })).toBe(400);
    expect(statusOf({ upgrade: 'WebSocket' })).toBe(101);
  });
});
