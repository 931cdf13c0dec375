/** Runs one k6 script and hears what it tells. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Binary } from '@munova/servers';
import { LOCAL_IPS } from './host.js';
import type { LoadLine, LoadPlan } from './protocol.js';

export interface K6Run {
  readonly k6: Binary;
  readonly script: 'connect-burst' | 'room-chat';
  readonly plan: LoadPlan;
  /** One a person. */
  readonly tokens: readonly string[];
  /** Connect from several addresses of the loopback interface. */
  readonly fromManyAddresses: boolean;
  readonly onLine: (line: LoadLine) => void;
  /** What k6 says by itself: warnings, errors. */
  readonly onRemark: (text: string) => void;
}

/** Before its time: what it said of that was handed on as remarks. */
export class K6Ended extends Error {}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** k6 runs it from its source. */
const scriptPath = (script: K6Run['script']): string =>
  fileURLToPath(import.meta.resolve(`@munova/loadtest/k6/${script}.ts`));

/** @returns k6's own metrics. @throws {K6Ended} where it ended with an error, or was ended */
export const runK6 = async (run: K6Run): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'munova-load-'));
  const files = {
    plan: join(folder, 'plan.json'),
    tokens: join(folder, 'tokens.json'),
    metrics: join(folder, 'out.json'),
  };
  // Whoever ends the run ends k6, and the product after it.
  let stop = (): void => undefined;
  try {
    writeFileSync(files.plan, JSON.stringify(run.plan));
    writeFileSync(files.tokens, JSON.stringify(run.tokens), { mode: 0o600 });
    const args = ['run', '--quiet', '--no-usage-report', '--log-format', 'raw', '--address', ''];
    if (run.fromManyAddresses) args.push('--local-ips', LOCAL_IPS);
    const child = spawn(run.k6.path, [...args, scriptPath(run.script)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        // Of the cores that k6 shares with the product, less goes to collecting its garbage.
        GOGC: '400',
        ...process.env,
        ...run.k6.env,
        MUNOVA_LOAD_PLAN: files.plan,
        MUNOVA_LOAD_TOKENS: files.tokens,
        MUNOVA_LOAD_METRICS: files.metrics,
      },
    });
    stop = () => void child.kill('SIGTERM');
    for (const signal of SIGNALS) process.on(signal, stop);
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (text) =>
      text.startsWith('{"kind":') ? run.onLine(JSON.parse(text) as LoadLine) : run.onRemark(text),
    );
    const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(lines, 'close')])) as [
      [number | null, string | null],
      unknown,
    ];
    if (code !== 0) throw new K6Ended(`k6 ended with ${String(code ?? signal)}`);
    return JSON.parse(readFileSync(files.metrics, 'utf8'));
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    rmSync(folder, { recursive: true, force: true });
  }
};
