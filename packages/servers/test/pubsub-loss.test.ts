import { Redis } from 'ioredis';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PubSubLoss, startRedis, TcpProxy, type StartedRedis } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';

const PATIENCE_MS = 20_000;

let redis: StartedRedis;
beforeAll(async () => {
  redis = await startRedis();
}, SERVERS_TIMEOUT_MS);
afterAll(() => redis.stop());

const bulk = (text: string): string => `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`;
const message = (channel: string, text: string, mark = '*'): string =>
  `${mark}3\r\n${bulk('smessage')}${bulk(channel)}${bulk(text)}`;

/** Replies of Redis that are no messages, nested and empty ones among them. */
const others: fc.Arbitrary<string> = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('+OK\r\n', ':42\r\n', '-ERR no\r\n', '$-1\r\n', '*-1\r\n', '*0\r\n', '_\r\n', ',1.5\r\n'),
    fc.string({ unit: 'binary' }).map(bulk),
    fc.array(tie('reply'), { maxLength: 4 }).map((all) => `*${String(all.length)}\r\n${all.join('')}`),
    fc.tuple(tie('reply'), tie('reply')).map((pair) => `%1\r\n${pair.join('')}`),
  ),
})).reply;

const passed = (loss: PubSubLoss, text: string, size: number): string => {
  const bytes = Buffer.from(text);
  const filter = loss.filter();
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(filter(bytes.subarray(at, at + size)));
  return Buffer.concat(pieces).toString();
};

describe('[X18] a loss of pub/sub messages', () => {
  it('[X18] takes whole messages of either protocol and nothing else, however the bytes are cut', () => {
    const messages = fc
      .tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.constantFrom('*', '>'))
      .map(([channel, text, mark]) => ({ text: message(channel, text, mark), isMessage: true }));
    const replies = fc.oneof(
      messages,
      others.map((text) => ({ text, isMessage: false })),
    );
    fc.assert(
      fc.property(fc.array(replies), fc.integer({ min: 1, max: 40 }), (all, size) => {
        const text = all.map((each) => each.text).join('');
        const kept = all.filter(({ isMessage }) => !isMessage);
        const loss = new PubSubLoss(1, () => 0.5);
        expect(passed(loss, text, size)).toBe(kept.map((each) => each.text).join(''));
        expect(loss.lost).toBe(all.length - kept.length);
        expect(passed(new PubSubLoss(0, () => 0.5), text, size)).toBe(text);
      }),
    );
  });

  it('[X18] stands between a real Redis and its subscriber', { timeout: PATIENCE_MS }, async () => {
    const draws = [0.9, 0.01, 0.9];
    const loss = new PubSubLoss(0.05, () => draws.shift() ?? 0.9);
    const proxy = await TcpProxy.start(redis.primary, () => loss.filter());
    const subscriber = new Redis(proxy.port, proxy.host);
    const publisher = new Redis(redis.url);
    onTestFinished(async () => {
      subscriber.disconnect();
      publisher.disconnect();
      await proxy.stop();
    });
    await subscriber.ssubscribe('channel');
    const heard: string[] = [];
    const third = new Promise<void>((resolve) => {
      subscriber.on('smessage', (_channel: string, text: string) => {
        heard.push(text);
        if (text === 'three') resolve();
      });
    });
    for (const text of ['one', 'two', 'three']) await publisher.spublish('channel', text);
    await third;
    expect(heard).toEqual(['one', 'three']);
    expect(loss.lost).toBe(1);
  });
});
