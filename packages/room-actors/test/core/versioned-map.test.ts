import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nothingRecent, recall, remember, type Recent } from '../../src/core/recent.js';
import { VersionedMap } from '../../src/core/versioned-map.js';

describe('a versioned map', () => {
  it('[R26] every version reads as a plain map copied at every step would', () => {
    const step = fc.record({ from: fc.nat(), key: fc.nat(6), value: fc.nat(99), look: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const versions = [{ map: VersionedMap.empty<number, number>(), plain: new Map<number, number>() }];
        const at = (i: number) => versions[i % versions.length]!;
        for (const { from, key, value, look } of steps) {
          const { map, plain } = at(from);
          versions.push({ map: map.with(key, value), plain: new Map(plain).set(key, value) });
          const seen = at(look);
          expect(new Map(seen.map.entries())).toEqual(seen.plain);
          expect(seen.map.size).toBe(seen.plain.size);
          expect(seen.map.get(key)).toBe(seen.plain.get(key));
          expect(seen.map.has(key)).toBe(seen.plain.has(key));
        }
        for (const { map, plain } of versions) expect(new Map(map.entries())).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a bounded memory', () => {
  it('[R25] holds at least the last of its capacity, and at most twice as many', () => {
    let recent: Recent<number, number> = nothingRecent(8);
    for (let i = 0; i < 100; i += 1) {
      recent = remember(recent, i, i * 2);
      const held = Array.from({ length: i + 1 }, (_, k) => k).filter((k) => recall(recent, k) !== undefined);
      expect(held.slice(-8)).toEqual(Array.from({ length: Math.min(8, i + 1) }, (_, k) => i - Math.min(7, i) + k));
      expect(held.length).toBeLessThanOrEqual(16);
      expect(held.every((k) => recall(recent, k) === k * 2)).toBe(true);
    }
  });
});
