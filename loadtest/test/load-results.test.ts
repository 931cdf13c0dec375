import { describe, expect, it } from 'vitest';
import { Tally } from '../k6/tally.ts';
import { burstResult, UNREPORTED } from '../load/burst-result.js';
import { chatResult } from '../load/chat-result.js';
import { histogramOf, quantileCurve, quantiles } from '../load/figures.js';
import { cannotCarry, type RunHost } from '../load/host.js';
import { readOptions, UsageError } from '../load/options.js';
import type { Attempt, BurstPlan, ChatPlan } from '../load/protocol.js';
import { htmlOf, type Report } from '../load/report.js';

const COMMON = { run: 'r', ws: ['ws://h/ws'], http: ['http://h'], vus: 1, patienceMs: 1_000 };
const BURST: BurstPlan = { ...COMMON, connections: 4, burstMs: 4_000, holdMs: 0 };
const CHAT: ChatPlan = { ...COMMON, people: 2, everyMs: 100, talkMs: 1_000 };
const HOST: RunHost = {
  openFiles: 20_000,
  somaxconn: 4_096,
  synBacklog: null,
  backlog: 4_096,
  sources: 8,
  portsEach: 28_232,
};

const attempt = (n: number, more: Partial<Attempt> = {}): Attempt => ({
  n,
  lateMs: 0,
  openMs: 3,
  connectedMs: 10,
  outcome: 'connected',
  dropped: false,
  ...more,
});
const failed = (n: number, outcome: string): Attempt => attempt(n, { openMs: null, connectedMs: null, outcome });
const all = [0, 1, 2, 3].map((n) => attempt(n));

describe('[K5] a burst', () => {
  it('[K5] counts every planned connection once: connected, failed by its reason, or not reported', () => {
    const { passed, figures } = burstResult(BURST, [attempt(0), failed(1, 'timeout'), failed(2, 'timeout')]);
    expect(passed).toBe(false);
    expect(figures).toMatchObject({
      planned: 4,
      connected: 1,
      outcomes: { connected: 1, timeout: 2, [UNREPORTED]: 1 },
    });
  });

  it('[K5] has passed only where all connected and none was lost again', () => {
    expect(burstResult(BURST, all).passed).toBe(true);
    const lost = burstResult(BURST, [...all.slice(1), attempt(0, { dropped: true })]);
    expect([lost.passed, lost.figures]).toMatchObject([false, { connected: 4, dropped: 1 }]);
    expect(burstResult(BURST, all.slice(1)).passed).toBe(false);
  });

  it('[K5] tells when the last one was connected, from the begin', () => {
    const slow = attempt(2, { lateMs: 5, connectedMs: 3_000 });
    expect(burstResult(BURST, [attempt(3), slow, attempt(0)]).figures).toMatchObject({ lastConnectedMs: 5_005 });
  });

  it('[K5] quantiles are values that were met', () => {
    const histogram = histogramOf([5, 1, 1, 900, 2]);
    expect(quantiles(histogram)).toEqual({ p50: 2, p95: 900, p99: 900, max: 900 });
    expect(quantileCurve(histogram).at(0)).toEqual([1, 1]);
    expect(quantiles({})).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
  });
});

describe('[K6] a talk', () => {
  const heard = (): Tally => {
    const tally = new Tally(2, 0);
    tally.subscribed(0, 3);
    tally.subscribed(1, 3);
    tally.sent('a', 100);
    tally.sent('b', 110);
    tally.receipted('a', 4, 105);
    tally.receipted('b', 5, 130);
    for (const person of [0, 1]) {
      tally.received(person, 'a', 4, 120);
      tally.received(person, 'b', 5, 140);
    }
    return tally;
  };
  const HISTORY = [
    { clientMessageId: null, seq: 1 },
    { clientMessageId: 'a', seq: 4 },
    { clientMessageId: 'b', seq: 5 },
  ];

  it('[K6] has passed where each message was receipted, stored and received by all, once and in order', () => {
    const tally = heard();
    expect(tally.complete).toBe(true);
    tally.history(HISTORY);
    const { passed, figures } = chatResult(CHAT, [tally.line()]);
    expect(passed).toBe(true);
    expect(figures).toMatchObject({
      sent: 2,
      receipted: 2,
      stored: 2,
      received: 4,
      expected: 4,
      duplicates: 0,
      gaps: 0,
    });
    expect(figures).toMatchObject({ receiptMs: { p50: 5, max: 20 }, deliveryMs: { p50: 20, max: 30 } });
  });

  it.each<[string, (tally: Tally) => unknown, object]>([
    ['a message that one did not get', (tally) => tally.sent('c', 200), { expected: 6, received: 4 }],
    ['one that came twice', (tally) => tally.received(0, 'a', 6, 200), { duplicates: 1, received: 4, gaps: 0 }],
    ['one that does not follow the one before it', (tally) => tally.received(0, 'a', 7, 200), { gaps: 1 }],
    ['one that comes behind the one after it', (tally) => tally.received(0, 'a', 4, 200), { gaps: 1 }],
    [
      'a message of nothing sent',
      (tally) => tally.received(0, 'x', 6, 200),
      { failures: { 'a message of nothing sent': 1 } },
    ],
    ['a receipt of nothing', (tally) => tally.receipted('x', 6, 200), { failures: { 'a receipt of nothing sent': 1 } }],
    [
      'a second receipt',
      (tally) => tally.receipted('a', 4, 200),
      { receipted: 2, failures: { 'a second receipt': 1 } },
    ],
    ['a socket that ended', (tally) => tally.failed('closed'), { failures: { closed: 1 } }],
  ])('[K6] has not passed with %s', (_, wrong, told) => {
    const tally = heard();
    tally.history(HISTORY);
    wrong(tally);
    expect(tally.line()).toMatchObject(told);
    expect(chatResult(CHAT, [tally.line()]).passed).toBe(false);
  });

  it('[K6] counts as stored only what the history has once, at the seq of the receipt', () => {
    const [created, a] = HISTORY as [(typeof HISTORY)[0], (typeof HISTORY)[0]];
    for (const b of [[], [{ clientMessageId: 'b', seq: 6 }], [5, 6].map((seq) => ({ clientMessageId: 'b', seq }))]) {
      const tally = heard();
      tally.history([created, a, ...b]);
      expect(tally.line().stored).toBe(1);
      expect(chatResult(CHAT, [tally.line()]).passed).toBe(false);
    }
  });

  it('[K6] has not passed where a room told nothing, or nothing was sent', () => {
    const tally = heard();
    tally.history(HISTORY);
    expect(chatResult({ ...CHAT, vus: 2 }, [tally.line()]).passed).toBe(false);
    expect(chatResult(CHAT, [new Tally(2, 0).line()]).passed).toBe(false);
  });
});

describe('[K7] the limits of the host', () => {
  it('[K7] that cannot carry the load are said one by one', () => {
    expect(cannotCarry({ connections: 15_000, targets: 1 }, HOST)).toEqual([]);
    expect(cannotCarry({ connections: 300_000, targets: 1 }, { ...HOST, somaxconn: 128 })).toEqual([
      'open files: 20000, and 300256 are needed',
      'net.core.somaxconn: 128, and 4096 are needed',
      'ports to connect from: 28232 an address, and 37500 are needed',
    ]);
  });

  it('[K7] stand in the page, which needs nothing beside itself and takes no text for markup', () => {
    const result = burstResult(BURST, [...all.slice(1), failed(0, '<script>"&')]);
    const report: Report = {
      scenario: 'connect-burst',
      at: '2026-01-01T00:00:00.000Z',
      command: 'npm run load -- connect-burst',
      k6: 'k6 1.8.1',
      plan: BURST,
      host: { ...HOST, openFiles: 19_999 },
      shortfalls: ['open files: 1, and 2 are needed'],
      productMs: 1_234,
      result,
      metrics: {},
    };
    const html = htmlOf(report);
    expect(html).toContain('<td>open files a process</td><td>19,999</td>');
    expect(html).toContain('<td>listen backlog of the product</td><td>4,096</td>');
    expect(html).toContain('<td>net.core.somaxconn</td><td>4,096</td>');
    expect(html).toContain('<td>processor time of the product</td><td>1.2 s</td>');
    expect(html).toContain('Too low: open files: 1, and 2 are needed');
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|src=|href=|url\(|NaN/);
  });
});

describe('[K8] the command line', () => {
  it('[K8] has a size for everything that is not said', () => {
    expect(readOptions(['connect-burst'])).toMatchObject({ connections: 15_000, seconds: 10, targets: [] });
    expect(readOptions(['room-chat', '--rooms', '3', '--target', 'http://a:1,http://b:2/'])).toMatchObject({
      rooms: 3,
      seconds: 20,
      targets: ['http://a:1', 'http://b:2'],
    });
  });

  it.each([
    [['nothing'], 'which scenario'],
    [[], 'which scenario'],
    [['connect-burst', '--connections', '0'], '--connections was given "0"; allowed is 1 to 1000000'],
    [['connect-burst', '--connections', '1e9'], '--connections was given'],
    [['room-chat', '--people', 'all'], '--people was given "all"'],
    [['room-chat', '--target', 'a:1'], '--target was given "a:1"'],
    [['room-chat', '--speed', '9'], '--speed'],
  ])('[K8] refuses %j, naming what is wrong', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
