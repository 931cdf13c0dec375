/** The command line of `npm run load`. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run load -- connect-burst [--connections 15000] [--seconds 10] [--hold 5]
npm run load -- room-chat [--rooms 20] [--people 10] [--every 500] [--seconds 20]

  --connections N   connections that begin within the burst, at a constant rate
  --seconds N       how long the burst, or the talk, takes
  --hold N          seconds for which all connections stay open after the burst
  --rooms N         groups, --people N in each
  --every MS        what each person says something after
  --vus N           virtual users of k6 that share the connections (16)
  --patience N      seconds until an answer counts as missing (30)
  --target URL,URL  a product that runs, http://host:port of each process; its secret in MUNOVA_JWT_SECRET
  --out FOLDER      of the reports (.cache/load)`;

export interface LoadOptions {
  readonly scenario: 'connect-burst' | 'room-chat';
  readonly connections: number;
  readonly seconds: number;
  readonly hold: number;
  readonly rooms: number;
  readonly people: number;
  readonly every: number;
  readonly vus: number;
  readonly patience: number;
  /** `http://host:port` of each process; empty for one of our own. */
  readonly targets: readonly string[];
  readonly out: string;
}

export class UsageError extends Error {}

/** The upper bounds keep a typing error from becoming an attack on one's own machine. */
const NUMBERS = {
  connections: { fallback: 15_000, most: 1_000_000 },
  seconds: { fallback: null, most: 3_600 },
  hold: { fallback: 5, most: 3_600 },
  rooms: { fallback: 20, most: 10_000 },
  people: { fallback: 10, most: 1_000 },
  every: { fallback: 500, most: 3_600_000 },
  vus: { fallback: 16, most: 10_000 },
  patience: { fallback: 30, most: 3_600 },
} as const;
const SECONDS = { 'connect-burst': 10, 'room-chat': 20 } as const;

const isScenario = (text: string | undefined): text is LoadOptions['scenario'] =>
  text === 'connect-burst' || text === 'room-chat';

const targetsOf = (text: string): string[] =>
  text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      if (!URL.canParse(part) || !/^https?:$/.test(new URL(part).protocol))
        throw new UsageError(`--target was given ${JSON.stringify(part)}; allowed is http://host:port`);
      return new URL(part).origin;
    });

/** @throws {UsageError} naming what is wrong */
export const readOptions = (args: readonly string[]): LoadOptions => {
  const text = { type: 'string' } as const;
  const options = { ...Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, text])), target: text, out: text };
  const { values, positionals } = parsed(() => parseArgs({ args: [...args], options, allowPositionals: true }));
  const [scenario, ...more] = positionals;
  if (!isScenario(scenario) || more.length > 0) throw new UsageError('which scenario: connect-burst or room-chat?');
  const given = values as Readonly<Record<string, string | undefined>>;
  const number = (name: keyof typeof NUMBERS): number => {
    const { fallback, most } = NUMBERS[name];
    const value = Number(given[name] ?? fallback ?? SECONDS[scenario]);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new UsageError(`--${name} was given ${JSON.stringify(given[name])}; allowed is 1 to ${String(most)}`);
    return value;
  };
  return {
    scenario,
    connections: number('connections'),
    seconds: number('seconds'),
    hold: number('hold'),
    rooms: number('rooms'),
    people: number('people'),
    every: number('every'),
    vus: number('vus'),
    patience: number('patience'),
    targets: targetsOf(given['target'] ?? ''),
    out: given['out'] ?? '.cache/load',
  };
};

const parsed = <T>(parse: () => T): T => {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};
