import type { Random } from '@munova/contracts';

/**
 * The wait before attempt `n + 1`, doubling from `base` to `cap` (ms) and spread over ±25 %, so that
 * what failed together does not come back together.
 */
export const backoffMs = (random: Random, base: number, cap: number, n: number): number => {
  const nominal = Math.min(cap, base * 2 ** Math.min(n, 30));
  return nominal * (0.75 + random.next() / 2);
};
