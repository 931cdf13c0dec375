/** Each load scenario at a size that says nothing about speed, and everything about whether it works. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findK6 } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readOptions } from '../../load/options.js';
import { type LoadOutcome, runLoad } from '../../load/run.js';
import { join } from 'node:path';
import { secretOf } from '../../driver/product.js';
import { until } from '../../driver/wait.js';
import { scratchFolder, startProduct } from './run.js';

/** Where there is no k6, this ends with the sentence that says how to get it. */
beforeAll(() => findK6(), SERVERS_TIMEOUT_MS);

const said: string[] = [];
const load = (...args: string[]): Promise<LoadOutcome> =>
  runLoad(readOptions([...args, '--out', scratchFolder()]), args.join(' '), (line) => void said.push(line));
const PLENTY = { timeout: 120_000 };

describe('[K5, K7] connect-burst', () => {
  it('[K5] connects everybody, and its report has the limits of the run', PLENTY, async () => {
    const { report, files } = await load(
      'connect-burst',
      '--connections',
      '40',
      '--seconds',
      '2',
      '--hold',
      '1',
      '--vus',
      '4',
    );
    expect(report.result.figures).toMatchObject({
      planned: 40,
      connected: 40,
      dropped: 0,
      outcomes: { connected: 40 },
    });
    expect(report.result.passed).toBe(true);
    expect(report.metrics).toMatchObject({
      ws_connecting: {},
      munova_connect_time: {},
      munova_connect_success: { values: { passes: 40, fails: 0 } },
    });
    const written = JSON.parse(readFileSync(files.json, 'utf8')) as { host: Record<string, unknown> };
    expect(written.host).toMatchObject({ backlog: 4_096 });
    expect(Object.keys(written.host)).toEqual(expect.arrayContaining(['openFiles', 'somaxconn']));
    expect(readFileSync(files.html, 'utf8')).toContain('connected</td><td>40 = 100.00 %');
    expect(said.some((line) => line.startsWith('begun '))).toBe(true);
  });

  it('[K5] begins and counts all where none is let in', PLENTY, async () => {
    const product = await startProduct({ dataDir: join(scratchFolder(), 'data') });
    await product.end('SIGTERM');
    usingSecret('a secret that nobody asks for, 32 bytes');
    const args = [
      'connect-burst',
      '--connections',
      '30',
      '--seconds',
      '1',
      '--hold',
      '1',
      '--target',
      product.ready.http,
    ];
    const { report } = await load(...args);
    expect(report.result.passed).toBe(false);
    const { outcomes } = report.result.figures as { outcomes: Record<string, number> };
    expect(outcomes['connected']).toBeUndefined();
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(Object.keys(outcomes).join()).toMatch(/refused/);
  });
});

const usingSecret = (secret: string): void => {
  const before = process.env['MUNOVA_JWT_SECRET'];
  process.env['MUNOVA_JWT_SECRET'] = secret;
  onTestFinished(() => {
    if (before === undefined) delete process.env['MUNOVA_JWT_SECRET'];
    else process.env['MUNOVA_JWT_SECRET'] = before;
  });
};

describe('[K6] room-chat', () => {
  it('[K6] has every message receipted, stored and received, on a product that runs already', PLENTY, async () => {
    const dataDir = join(scratchFolder(), 'data');
    const product = await startProduct({ dataDir });
    usingSecret(secretOf(dataDir));
    const size = ['--rooms', '3', '--people', '4', '--every', '500', '--seconds', '2', '--target', product.ready.http];
    const { report } = await load('room-chat', ...size);
    const whole = { sent: 48, receipted: 48, stored: 48, received: 192, expected: 192, duplicates: 0, gaps: 0 };
    expect(report.result.figures).toMatchObject({ ...whole, failures: {} });
    expect(report.result.passed).toBe(true);
    expect(report.host.backlog).toBeNull();
  });

  it('[K8] asks for the secret of a product that runs already', PLENTY, async () => {
    usingSecret('');
    await expect(load('room-chat', '--target', 'http://127.0.0.1:1')).rejects.toThrow('MUNOVA_JWT_SECRET');
  });
});

describe('[K9] a run that is ended', () => {
  it('[K9] ends the product that it started, and says in one line why there is no report', PLENTY, async () => {
    const main = fileURLToPath(new URL('../../dist/load/main.js', import.meta.url));
    const args = [main, 'connect-burst', '--connections', '60', '--seconds', '60', '--out', scratchFolder()];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stderr.on('data', (data: Buffer) => (text += data.toString()));
    await until('the burst is under way', 60_000, () => text.includes('begun '));
    const [http = ''] = /http:\S+/.exec(text) ?? [];
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(text.trim().split('\n').at(-1)).toMatch(/^k6 ended with \d+$/);
    await expect(fetch(`${http}/healthz`)).rejects.toThrow();
  });
});
