import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendGate } from '../../src/inbound/send-gate.js';
import type { GateVerdict } from '../../src/inbound/send-gate.js';

const RATE = { perSecond: 50, burst: 200 };

/** A client that always has something to send, from `from` to `until` ms; gives the verdicts but the waits. */
const flood = (gate: SendGate, from: number, until: number): { at: number; verdict: GateVerdict }[] => {
  const seen: { at: number; verdict: GateVerdict }[] = [];
  for (let now = from; now < until;) {
    const verdict = gate.ask(now);
    if (typeof verdict === 'object') now += verdict.wait;
    else seen.push({ at: now, verdict });
  }
  return seen;
};

describe('the rate of SENDs', () => {
  it('[E15] lets a burst pass, then the sustained rate', () => {
    const seen = flood(new SendGate(RATE, 0), 0, 10_000);
    expect(seen.filter((s) => s.at === 0)).toHaveLength(200);
    expect(seen.length).toBeGreaterThanOrEqual(200 + 499);
    expect(seen.length).toBeLessThanOrEqual(200 + 501);
    expect(seen.every((s) => s.verdict === 'pass')).toBe(true);
  });

  it('[E15] refuses after 30 s of waiting, and only then', () => {
    const seen = flood(new SendGate(RATE, 0), 0, 40_000);
    for (const { at, verdict } of seen) expect(verdict, String(at)).toBe(at >= 30_000 ? 'refuse' : 'pass');
    expect(seen.some((s) => s.verdict === 'refuse')).toBe(true);
  });

  it('[E15] is not forgiven by stalls of the server, in which some tokens gather', () => {
    const gate = new SendGate(RATE, 0);
    for (let from = 0; from < 30_000; from += 1_000) flood(gate, from, from + 800);
    expect(gate.ask(30_020)).toBe('refuse');
  });

  it('[E15] forgives a client that pauses', () => {
    const gate = new SendGate(RATE, 0);
    flood(gate, 0, 35_000);
    expect(gate.ask(35_020)).toBe('refuse');
    expect(gate.ask(37_000)).toBe('pass');
    expect(gate.ask(37_000)).toBe('pass');
  });

  it('[E15] never passes more than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (gaps) => {
        const gate = new SendGate({ perSecond: 10, burst: 5 }, 0);
        let now = 0;
        let passed = 0;
        for (const gap of gaps) {
          now += gap;
          if (typeof gate.ask(now) !== 'object') passed++;
          expect(passed).toBeLessThanOrEqual(5 + (now * 10) / 1_000 + 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });
});
