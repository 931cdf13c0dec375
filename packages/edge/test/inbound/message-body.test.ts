import { asUserId, ChatError } from '@munova/contracts';
import { StompFrame } from '@munova/contracts/stomp';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../src/inbound/message-body.js';
import type { BodyFormat } from '../../src/inbound/destinations.js';

const MINJI = asUserId('minji');

const parse = (
  body: string | Buffer,
  contentType?: string,
  format: BodyFormat = 'current',
  imageHosts: string[] = [],
) => {
  const headers = contentType === undefined ? [] : ['content-type', contentType];
  return parseMessage(new StompFrame('SEND', headers, Buffer.from(body)), format, MINJI, { imageHosts });
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ChatError) return `${error.code} ${error.message.split(':')[0] ?? ''}`;
    throw error;
  }
  return 'fine';
};

const text = (content: unknown, type: unknown = 'TEXT'): string => JSON.stringify({ type, content });

describe('[E14] the body of a SEND', () => {
  it('[E14] is JSON unless it says text/plain, and is left as it is', () => {
    expect(parse(text(' 안녕\r\n '))).toEqual({ type: 'TEXT', content: ' 안녕\r\n ' });
    expect(parse('{"a":1}', 'text/plain;charset=utf-8')).toEqual({ type: 'TEXT', content: '{"a":1}' });
    expect(parse(text('e\u0301'), 'application/json')).toEqual({ type: 'TEXT', content: 'e\u0301' });
  });

  it('[E14] counts code points, not units', () => {
    expect(codeOf(() => parse(text('👟'.repeat(4_000))))).toBe('fine');
    expect(codeOf(() => parse(text('👟'.repeat(4_001))))).toBe('bad-request content');
    expect(codeOf(() => parse(text('a'.repeat(4_001))))).toBe('bad-request content');
    expect(codeOf(() => parse(text('')))).toBe('bad-request content');
    expect(codeOf(() => parse('', 'text/plain'))).toBe('bad-request content');
  });

  it.each([
    ['not JSON', '{', 'bad-request The body is not JSON.'],
    ['no object', '"hi"', 'bad-request The body is no JSON object.'],
    ['null', 'null', 'bad-request The body is no JSON object.'],
    ['no type', '{"content":"a"}', 'bad-request type'],
    ['an unknown type', text('a', 'VIDEO'), 'bad-request type'],
    ['no content', '{"type":"TEXT"}', 'bad-request content'],
    ['content that is no text', text(5), 'bad-request content'],
    ['U+0000', '{"type":"TEXT","content":"a\\u0000"}', 'bad-request content'],
    ['a lone surrogate', '{"type":"TEXT","content":"\\ud83d"}', 'bad-request content'],
  ])('[E14] refuses %s', (_name, body, expected) => {
    expect(codeOf(() => parse(body))).toBe(expected);
  });

  it('[E14] refuses bytes that are no UTF-8', () => {
    expect(codeOf(() => parse(Buffer.from([0xff, 0xfe]), 'text/plain'))).toBe(
      'bad-request The body is not valid UTF-8.',
    );
  });

  it('[E14] takes an IMAGE by https, from listed hosts where there is a list', () => {
    const image = (url: string, hosts?: string[]) =>
      codeOf(() => parse(text(url, 'IMAGE'), undefined, 'current', hosts));
    expect(image('https://img.example/a.jpg')).toBe('fine');
    expect(image('http://img.example/a.jpg')).toBe('bad-request content');
    expect(image('not a url')).toBe('bad-request content');
    expect(image('https://img.example/a.jpg', ['img.example'])).toBe('fine');
    expect(image('https://IMG.example/a.jpg', ['img.example'])).toBe('fine');
    expect(image('https://evil.example/a.jpg', ['img.example'])).toBe('bad-request content');
    expect(image('https://img.example.evil.example/a.jpg', ['img.example'])).toBe('bad-request content');
  });

  it("[E5] takes the predecessor's senderId only for a repetition of the token's sub", () => {
    const old = (senderId: unknown) =>
      codeOf(() => parse(JSON.stringify({ senderId, messageType: 'TEXT', content: 'a' }), undefined, 'predecessor'));
    expect(old('minji')).toBe('fine');
    expect(old(undefined)).toBe('fine');
    expect(old(null)).toBe('fine');
    expect(old('bob')).toBe('forbidden senderId');
    expect(old(7)).toBe('forbidden senderId');
    const seven = parseMessage(
      new StompFrame('SEND', [], Buffer.from('{"senderId":7,"messageType":"TEXT","content":"a"}')),
      'predecessor',
      asUserId('7'),
      { imageHosts: [] },
    );
    expect(seven).toEqual({ type: 'TEXT', content: 'a' });
  });
});
