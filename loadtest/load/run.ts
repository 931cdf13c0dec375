/** One load run from its options to its report. */
import { type Binary, findK6 } from '@munova/servers';
import { processorMicros } from '../driver/process-stats.js';
import { tokenFor } from '../driver/product.js';
import { burstResult } from './burst-result.js';
import { chatResult } from './chat-result.js';
import { merged, whole } from './figures.js';
import { cannotCarry, hasLoopbackSources, readRunHost, type RunHost } from './host.js';
import type { LoadOptions } from './options.js';
import type { Attempt, BurstPlan, ChatLine, ChatPlan, LoadLine, LoadPlan } from './protocol.js';
import { type Report, writeReport } from './report.js';
import type { Result } from './result.js';
import { runK6 } from './run-k6.js';
import { openTarget, type Target } from './target.js';

const TOKENS_LIVE_MS = 24 * 3_600_000;
const PROGRESS_MS = 1_000;

export interface LoadOutcome {
  readonly report: Report;
  readonly files: ReturnType<typeof writeReport>;
}

/** Hears the lines of one scenario, and makes its result of them. */
interface Scenario {
  readonly plan: LoadPlan;
  /** Who connects. */
  readonly people: number;
  hear(line: LoadLine): void;
  result(): Result;
}

const burst = (options: LoadOptions, common: Omit<LoadPlan, 'vus'>): Scenario => {
  const { connections } = options;
  const vus = Math.min(options.vus, connections);
  const plan: BurstPlan = {
    ...common,
    vus,
    connections,
    burstMs: options.seconds * 1_000,
    holdMs: options.hold * 1_000,
  };
  const attempts: Attempt[] = [];
  return {
    plan,
    people: connections,
    hear: (line) => {
      if (line.kind === 'burst') attempts.push(...line.attempts);
    },
    result: () => burstResult(plan, attempts),
  };
};

const chat = (options: LoadOptions, common: Omit<LoadPlan, 'vus'>): Scenario => {
  const { rooms, people, every } = options;
  const plan: ChatPlan = { ...common, vus: rooms, people, everyMs: every, talkMs: options.seconds * 1_000 };
  const lines: ChatLine[] = [];
  return {
    plan,
    people: rooms * people,
    hear: (line) => {
      if (line.kind === 'chat') lines.push(line);
    },
    result: () => chatResult(plan, lines),
  };
};

/** Says the sums of all virtual users once a second. */
const progressTo = (say: (text: string) => void): ((line: LoadLine) => void) => {
  const latest = new Map<number, Readonly<Record<string, number>>>();
  let saidAt = performance.now();
  return (line) => {
    if (line.kind !== 'progress') return;
    latest.set(line.vu, line.counts);
    if (performance.now() - saidAt < PROGRESS_MS) return;
    saidAt = performance.now();
    const sums = merged([...latest.values()]);
    say(
      Object.entries(sums)
        .map(([name, sum]) => `${name} ${whole(sum)}`)
        .join(', '),
    );
  };
};

/** @param say is told, in lines, how it goes. @throws {ServerNotFound} where k6 cannot be had */
export const runLoad = async (
  options: LoadOptions,
  command: string,
  say: (text: string) => void,
): Promise<LoadOutcome> => {
  const k6 = await findK6();
  const target = await openTarget(options.targets);
  try {
    const host = readRunHost(target.http, target.backlog, target.pid);
    return await loadOn(target, { options, command, k6, host, say });
  } finally {
    await target.close();
  }
};

/** Null where the product is others', or the system does not say. */
const processorMs = ({ pid }: Target): number | null =>
  pid === null || process.platform !== 'linux' ? null : Math.round(processorMicros(pid) / 1_000);
const minus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);

interface Circumstances {
  readonly options: LoadOptions;
  readonly command: string;
  readonly k6: Binary;
  readonly host: RunHost;
  readonly say: (text: string) => void;
}

const loadOn = async (target: Target, { options, command, k6, host, say }: Circumstances): Promise<LoadOutcome> => {
  const at = new Date().toISOString();
  const run = Date.parse(at).toString(36);
  const common = { run, ws: target.ws, http: target.http, patienceMs: options.patience * 1_000 };
  const scenario = options.scenario === 'connect-burst' ? burst(options, common) : chat(options, common);
  const shortfalls = cannotCarry({ connections: scenario.people, targets: target.ws.length }, host);
  for (const shortfall of shortfalls) say(`this host cannot carry the load: ${shortfall}`);
  const person = (n: number): string => `load-${run}-${String(n)}`;
  const tokens = Array.from({ length: scenario.people }, (_, n) =>
    tokenFor(target.secret, { sub: person(n), name: person(n) }, TOKENS_LIVE_MS),
  );
  const progress = progressTo(say);
  const ranBefore = processorMs(target);
  say(`${options.scenario} on ${target.http.join(', ')} by k6 ${k6.version}`);
  const metrics = await runK6({
    k6,
    script: options.scenario,
    plan: scenario.plan,
    tokens,
    fromManyAddresses: hasLoopbackSources(target.http),
    onLine: (line) => {
      progress(line);
      scenario.hear(line);
    },
    onRemark: say,
  });
  const productMs = minus(processorMs(target), ranBefore);
  const result = scenario.result();
  const report = {
    scenario: options.scenario,
    at,
    command,
    k6: `k6 ${k6.version}`,
    plan: scenario.plan,
    host,
    shortfalls,
    productMs,
    result,
    metrics,
  };
  return { report, files: writeReport(options.out, report) };
};
