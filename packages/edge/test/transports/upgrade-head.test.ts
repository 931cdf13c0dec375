import { UPGRADE_HEAD_MAX_BYTES, UPGRADE_HEAD_MAX_HEADERS } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookForUpgrade } from '../../src/transports/upgrade-head.js';
import type { UpgradeLook } from '../../src/transports/upgrade-head.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const LINES = [
  'Host: chat.example',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
];

const head = (lines: readonly string[] = LINES, request = 'GET /ws HTTP/1.1'): string =>
  [request, ...lines, '', ''].join('\r\n');
const look = (text: string): UpgradeLook => lookForUpgrade(Buffer.from(text, 'latin1'));
const withLine = (line: string): UpgradeLook => look(head([...LINES, line]));

describe('[E40] the head of an upgrade', () => {
  it('[E40] is seen, with what it is judged by and what comes behind it', () => {
    const text = head([...LINES, 'Origin:\thttps://shop.example \t', 'Cookie: a=b; c=d', 'Authorization: Bearer  x y']);
    const seen = look(`${text}rest`);
    expect(seen).toEqual({
      method: 'GET',
      url: '/ws',
      length: text.length,
      headers: {
        host: 'chat.example',
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-key': KEY,
        'sec-websocket-version': '13',
        origin: 'https://shop.example',
        authorization: 'Bearer  x y',
      },
    });
  });

  it.each(['/ws', '/ws/websocket', '/ws?access_token=a.b-c', '/ws/websocket?x=%ff#y'])('[E40] is seen at %s', (url) => {
    expect(look(head(LINES, `GET ${url} HTTP/1.1`))).toMatchObject({ url });
  });

  it.each([
    ['upgrade: WebSocket', 'connection: keep-alive, UPGRADE'],
    ['UPGRADE:websocket', 'CONNECTION:upgrade , x'],
  ])('[E40] is seen however it is written: %s, %s', (upgrade, connection) => {
    expect(look(head([upgrade, connection, 'host: a']))).toMatchObject({ headers: { host: 'a' } });
  });

  it('[E40] is incomplete at every cut', () => {
    const text = head();
    for (let cut = 0; cut < text.length; cut++) expect(look(text.slice(0, cut))).toBe('incomplete');
    expect(look(text)).toMatchObject({ length: text.length });
  });

  it.each([
    ['another path', head(LINES, 'GET /api/tags HTTP/1.1')],
    ['a path beside ours', head(LINES, 'GET /wsx HTTP/1.1')],
    ['a path below ours', head(LINES, 'GET /ws/other HTTP/1.1')],
    ['a slash behind ours', head(LINES, 'GET /ws/ HTTP/1.1')],
    ['a whole URL', head(LINES, 'GET http://a/ws HTTP/1.1')],
    ['another method', head(LINES, 'POST /ws HTTP/1.1')],
    ['HTTP/1.0', head(LINES, 'GET /ws HTTP/1.0')],
    ['two spaces', head(LINES, 'GET /ws  HTTP/1.1')],
    ['a byte that is no ASCII in the URL', head(LINES, 'GET /ws?x=\xe9 HTTP/1.1')],
    ['no Host', head(LINES.slice(1))],
    ['no Upgrade', head(LINES.filter((line) => !line.startsWith('Upgrade')))],
    ['another Upgrade', head(['Host: a', 'Upgrade: h2c', 'Connection: upgrade'])],
    ['no Connection', head(LINES.filter((line) => !line.startsWith('Connection')))],
    ['another Connection', head(['Host: a', 'Upgrade: websocket', 'Connection: upgraded, keep-alive'])],
    ['something else altogether', '\x16\x03\x01'],
  ])('[E40] is left to HTTP with %s', (_what, text) => {
    expect(look(text)).toBe('other');
  });

  it.each([
    ['a body', 'Content-Length: 0'],
    ['a body in chunks', 'Transfer-Encoding: chunked'],
    ['an expectation', 'Expect: 100-continue'],
    ['a second Host', 'host: other'],
    ['a second Upgrade', 'Upgrade: h2c'],
    ['a second Authorization', 'Authorization: Bearer x\r\nAuthorization: Bearer y'],
    ['a second key', `Sec-WebSocket-Key: ${KEY}`],
    ['a folded line', 'X: a\r\n b'],
    ['a line without a colon', 'broken'],
    ['a space before the colon', 'X : a'],
    ['no name', ': a'],
    ['a name that is no token', 'X(): a'],
    ['a NUL in a value', 'X: a\0b'],
    ['a bare CR', 'X: a\rb'],
    ['a bare LF', 'X: a\nY: b'],
    ['DEL in a value', 'X: \x7f'],
  ])('[E40] is left to HTTP with %s', (_what, line) => {
    expect(withLine(line)).toBe('other');
  });

  it('[E40] may have an empty value, and bytes beyond ASCII in one', () => {
    expect(withLine('X:')).toMatchObject({ url: '/ws' });
    expect(withLine('Origin: \xa0caf\xe9\xa0')).toMatchObject({ headers: { origin: '\xa0caf\xe9\xa0' } });
  });

  it('[E40] [I10] is left to HTTP beyond its bounds', () => {
    const more = (count: number): string[] =>
      Array.from({ length: count - LINES.length }, (_, i) => `X-${String(i)}: y`);
    expect(look(head([...LINES, ...more(UPGRADE_HEAD_MAX_HEADERS)]))).toMatchObject({ url: '/ws' });
    expect(look(head([...LINES, ...more(UPGRADE_HEAD_MAX_HEADERS + 1)]))).toBe('other');
    const filled = (length: number): string => head([...LINES, `X: ${'y'.repeat(length - head().length - 5)}`]);
    expect(look(filled(UPGRADE_HEAD_MAX_BYTES))).toMatchObject({ length: UPGRADE_HEAD_MAX_BYTES });
    expect(look(filled(UPGRADE_HEAD_MAX_BYTES + 1))).toBe('other');
    expect(look(filled(2 * UPGRADE_HEAD_MAX_BYTES).slice(0, UPGRADE_HEAD_MAX_BYTES))).toBe('other');
    expect(look(filled(2 * UPGRADE_HEAD_MAX_BYTES).slice(0, UPGRADE_HEAD_MAX_BYTES - 1))).toBe('incomplete');
  });

  it('[E40] is told from anything else without a throw', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'binary-ascii' }).map((s) => Buffer.from(s)),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        lookForUpgrade(Buffer.from(some));
        expect(look(`${head(LINES.slice(0, 2))}`.replace('websocket', Buffer.from(some).toString('latin1')))).toBe(
          'other',
        );
      }),
    );
  });
});
