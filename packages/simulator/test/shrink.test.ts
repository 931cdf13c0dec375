import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pool } from '../dist/pool.js';
import {
  mutantNamed,
  planFrom,
  planOf,
  runMany,
  runPlan,
  shrink,
  textOfPlan,
  type Plan,
  type RunResult,
} from '../src/index.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PATIENCE_MS = 60_000;

const BUDGET = 80; // runs
const NUMBERS = ['durationMs', 'shards', 'edges', 'people', 'rooms', 'networkMs', 'storeMs'] as const;

/** Threads in which the store takes an id twice. */
let pool: Pool;
beforeAll(() => {
  pool = new Pool(1, mutantNamed('ids-not-unique'));
});
afterAll(() => pool.end());

const firstFailed = async (): Promise<RunResult> => {
  const { failed } = await runMany({ seed: 1, runs: 100, run: (plan) => pool.run(plan), untilFailure: true });
  return failed[0]!;
};

describe('a failing plan', { timeout: PATIENCE_MS }, () => {
  it('[V23] shrinks to one that breaks the same invariant, is larger in nothing, and smaller', async () => {
    const failed = await firstFailed();
    const { plan } = failed;
    const [first] = failed.troubles;
    let runs = 0;
    const run = (next: Plan) => {
      runs += 1;
      return pool.run(next);
    };
    const { result, ...told } = await shrink(failed, run, BUDGET);
    expect(told.runs).toBe(runs);
    expect(runs).toBeLessThanOrEqual(BUDGET);
    const small = result.plan;
    for (const field of NUMBERS) expect(small[field]).toBeLessThanOrEqual(plan[field]);
    for (const [kind, chance] of Object.entries(small.faults)) {
      expect(chance).toBeLessThanOrEqual(plan.faults[kind as keyof Plan['faults']] ?? 0);
    }
    expect(small.durationMs).toBeLessThan(plan.durationMs);
    expect(Object.keys(small.faults).length).toBeLessThan(Object.keys(plan.faults).length);
    expect((await pool.run(small)).troubles.map(({ id }) => id)).toContain(first?.id);
  });

  it('[V23] keeps what the invariant needs to break, though less of it breaks another', async () => {
    const held = await runPlan(planOf(1));
    const plan = { ...planOf(1), durationMs: 12_000, edges: 3, faults: { 'inbox-lost': 0.3, 'edge-crash': 0.1 } };
    const run = async (next: Plan): Promise<RunResult> => {
      const whole = next.durationMs >= 3_000 && next.edges >= 2 && next.faults['edge-crash'] !== undefined;
      return { ...held, plan: next, troubles: [{ id: whole ? 'I5' : 'I11', room: '-', detail: '' }] };
    };
    const { result } = await shrink(await run(plan), run, 500);
    expect(result.troubles.map(({ id }) => id)).toEqual(['I5']);
    expect(result.plan).toMatchObject({ edges: 2, people: 1, rooms: 1 });
    expect(result.plan.durationMs).toBeLessThan(4_000);
    expect(Object.keys(result.plan.faults)).toEqual(['edge-crash']);
  });

  it('[V23] stays as it is where nothing smaller fails', async () => {
    const held = { ...(await runPlan(planOf(1))), troubles: [] };
    const failed = { ...held, troubles: [{ id: 'I1', room: '-', detail: 'made up' }] };
    const { result, runs } = await shrink(failed, () => Promise.resolve(held), 10);
    expect(result).toBe(failed);
    expect(runs).toBe(10);
  });

  it('[V23] [V24] is printed shrunk, with the command that runs that very plan again', () => {
    const first = spawnSync(process.execPath, [MAIN, '--runs', '12', '--mutant', 'frames-reversed', '--shrink', '60'], {
      encoding: 'utf8',
    });
    expect(first.status).toBe(1);
    expect(first.stdout).toMatch(/shrunk by \d+ runs to a plan of \d+ ms/);
    const again = /^again with: npm run invariants -- --plan '(.*)' --mutant frames-reversed$/m.exec(first.stdout);
    const plan = again?.[1] ?? '';
    const args = ['--plan', plan, '--mutant', 'frames-reversed', '--shrink', '0'];
    const second = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    expect(second.status).toBe(1);
    const story = (text: string): string[] => text.split('\n').filter((line) => /^ +\d+\.\d{3} {2}/.test(line));
    const timeline = story(second.stdout);
    expect(timeline.length).toBeGreaterThan(5);
    expect(story(first.stdout).slice(-timeline.length)).toEqual(timeline);
  });
});

describe('a plan as text', () => {
  it('[V24] is read back as it was', () => {
    expect(planFrom(textOfPlan(planOf(3)))).toEqual(planOf(3));
  });

  it('[V24] that is none is refused with what is wrong', () => {
    const plan = planOf(3);
    const wrong: [unknown, RegExp][] = [
      [[], /one JSON object/],
      [{ ...plan, edges: 'two' }, /edges: a number is expected/],
      [{ ...plan, edges: -1 }, /edges: a number from 0/],
      [{ ...plan, wheels: 4 }, /no meaning: wheels/],
      [{ ...plan, faults: { flood: 0.1 } }, /no kind: flood/],
      [{ ...plan, faults: { 'inbox-lost': 2 } }, /inbox-lost: a chance in 0..1/],
    ];
    for (const [value, why] of wrong) expect(() => planFrom(JSON.stringify(value))).toThrow(why);
    expect(() => planFrom('no-such-file')).toThrow(/JSON, or the name of a file/);
  });
});
