/** The command line of `npm run bench -- cluster`. */
import { parseArgs } from 'node:util';
import type { Layout } from './stand.js';

export const USAGE = `npm run bench -- cluster [--rounds 3] [--layouts 1+1,2+2] [--rates 500,1000,…] [--seconds 5]

  --rounds N        of everything; the report has their medians (3)
  --layouts E+A,…   edges and actor nodes of each cluster that is measured (1+1,2+2)
  --users N         each with a connection and a subscription (3000)
  --rooms N         that they sit in (600)
  --rates N,…       messages a second, paced (500,1000,1500,2000,3000,4000)
  --seconds N       of each load (5)
  --samples N       subscriptions that catch up with 1,000 entries, each way (100)
  --profiles FOLDER write CPU profiles of every edge and actor node there
  --out FOLDER      of the report (docs/bench)`;

export interface BenchOptions {
  readonly rounds: number;
  readonly layouts: readonly Layout[];
  readonly users: number;
  readonly rooms: number;
  readonly rates: readonly number[];
  readonly ms: number;
  readonly samples: number;
  readonly profiles: string | null;
  /** Null for the committed one. */
  readonly out: string | null;
}

export class UsageError extends Error {}

const wrong = (name: string, given: string, allowed: string): UsageError =>
  new UsageError(`--${name} was given ${JSON.stringify(given)}; allowed is ${allowed}`);

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  ...{ rounds: TEXT, layouts: TEXT, users: TEXT, rooms: TEXT, rates: TEXT, seconds: TEXT, samples: TEXT },
  ...{ profiles: TEXT, out: TEXT },
};
const MOST_NODES = 8;

/** @throws {UsageError} naming what is wrong */
export const readOptions = (args: readonly string[]): BenchOptions => {
  const values = parsed(args);
  const whole = (name: keyof typeof OPTIONS, text: string, most: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) throw wrong(name, text, `1 to ${String(most)}`);
    return value;
  };
  const number = (name: keyof typeof OPTIONS, fallback: number, most: number): number =>
    whole(name, values[name] ?? String(fallback), most);
  const layout = (text: string): Layout => {
    const [, edges = '', actors = ''] = /^(\d)\+(\d)$/.exec(text) ?? [];
    const counts = [Number(edges), Number(actors)];
    if (counts.some((count) => count < 1 || count > MOST_NODES)) throw wrong('layouts', text, 'such as 1+1,2+2');
    return { edges: Number(edges), actors: Number(actors) };
  };
  const users = number('users', 3_000, 20_000);
  return {
    rounds: number('rounds', 3, 100),
    layouts: (values.layouts ?? '1+1,2+2').split(',').map(layout),
    users,
    rooms: number('rooms', Math.min(600, users), users),
    rates: (values.rates ?? '500,1000,1500,2000,3000,4000').split(',').map((text) => whole('rates', text, 100_000)),
    ms: number('seconds', 5, 600) * 1_000,
    samples: number('samples', 100, 10_000),
    profiles: values.profiles ?? null,
    out: values.out ?? null,
  };
};

const parsed = (args: readonly string[]): Partial<Record<keyof typeof OPTIONS, string>> => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};
