import { execFile, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Product, secretOf, tokenFor } from '../../driver/product.js';
import { rest, restData } from '../../driver/rest.js';
import { until } from '../../driver/wait.js';
import { scratchFolder, startProduct } from './run.js';

const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));
const run = promisify(execFile);
const munova = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, [MUNOVA, ...args]);
/** Exit code and words of a command that must not succeed. */
const failing = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  try {
    const { stdout } = await munova(...args);
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};
const LIMIT_MS = 60_000;

describe('[O5, O6, O7, O8] the process', () => {
  it(
    '[O5, O8] prints one ready line, serves what it says, and logs JSON lines on stderr',
    { timeout: LIMIT_MS },
    async () => {
      const product = await startProduct({ dataDir: join(scratchFolder(), 'data') });
      const { ready } = product;
      expect(ready).toEqual({
        role: 'standalone',
        pid: expect.any(Number) as number,
        http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
        ws: `${ready.http.replace('http', 'ws')}/ws`,
        tcp: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      });
      expect((await fetch(`${ready.http}/healthz`)).status).toBe(200);
      expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
      const metrics = await fetch(`${ready.http}/metrics`);
      expect(metrics.headers.get('content-type')).toContain('text/plain');
      expect(await metrics.text()).toMatch(/^# TYPE munova_/m);
      expect(await product.end('SIGTERM')).toBe(0);
      expect(product.stdout.filter((line) => line.startsWith('munova ready'))).toHaveLength(1);
      expect(product.stdout).toHaveLength(1);
      for (const line of product.stderr) expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );

  it('[P8] shows admins itself as the owner of every shard', { timeout: LIMIT_MS }, async () => {
    const dataDir = join(scratchFolder(), 'data');
    const { ready } = await startProduct({ dataDir });
    const token = tokenFor(secretOf(dataDir), { sub: 'root', role: 'admin' });
    const { nodes, shards } = await restData<{
      nodes: { node: string; role: string; shards: number }[];
      shards: { owner: string; epoch: number }[];
    }>(ready.http, 'GET', '/admin/cluster', { token });
    expect(nodes).toMatchObject([{ role: 'standalone', status: 'live', shards: 64 }]);
    expect(shards).toHaveLength(64);
    for (const { owner, epoch } of shards) expect([owner, epoch]).toEqual([nodes[0]?.node, 1]);
  });

  it('[O6] drains and exits 0 on SIGINT as well', { timeout: LIMIT_MS }, async () => {
    const product = await startProduct({ dataDir: join(scratchFolder(), 'data') });
    expect(await product.end('SIGINT')).toBe(0);
  });

  it(
    '[O6] ends at once on another signal more than a second later, but not on one that comes sooner',
    { timeout: LIMIT_MS },
    async () => {
      const product = await startProduct({ dataDir: join(scratchFolder(), 'data') });
      const { hostname, port } = new URL(product.ready.http);
      // A request whose body never comes to its end keeps the drain waiting for seconds.
      const unfinished = connect({ host: hostname, port: Number(port) });
      unfinished.on('error', () => unfinished.destroy());
      const head =
        'POST /api/chat/group HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
      await new Promise((resolve) => unfinished.write(head, resolve));
      await until('the request has begun', 10_000, async () => (await fetch(`${product.ready.http}/healthz`)).ok);
      const ended = product.end('SIGTERM');
      process.kill(product.ready.pid, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      expect(product.exited).toBe(false);
      process.kill(product.ready.pid, 'SIGTERM');
      expect(await ended).toBe(1);
      unfinished.destroy();
    },
  );

  it('[O12] ends when its store has ended, and starts again on the same folder', { timeout: LIMIT_MS }, async () => {
    const dataDir = join(scratchFolder(), 'data');
    // Loaded before the product: ends the store's thread on a signal, as a crash of it would.
    const preload = `data:text/javascript,process.on('worker', (w) => process.on('SIGUSR2', () => w.terminate()))`;
    const product = await startProduct({ dataDir, env: { NODE_OPTIONS: `--import "${preload}"` } });
    process.kill(product.ready.pid, 'SIGUSR2');
    await until('the process has ended', 20_000, () => product.exited);
    expect(await product.end('SIGTERM')).toBe(1);
    expect(product.stderr.join('\n')).toContain('the store has ended');
    const again = await startProduct({ dataDir });
    expect(await again.end('SIGTERM')).toBe(0);
  });

  it('[O7] leaves a folder in use alone, and takes it at once after kill -9', { timeout: LIMIT_MS }, async () => {
    const dataDir = join(scratchFolder(), 'data');
    const first = await startProduct({ dataDir });
    await expect(Product.start({ dataDir })).rejects.toThrow(/in use|another process/i);
    expect((await fetch(`${first.ready.http}/healthz`)).status).toBe(200);
    await first.end('SIGKILL');
    const second = await startProduct({ dataDir });
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('[O1] exits 78 with the field, what was given and what is allowed', { timeout: LIMIT_MS }, async () => {
    const { code, stdout, stderr } = await failing('start', '--http-port', '70000');
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/--http-port.*"70000".*0 to 65535/);
  });

  it(
    '[O1] exits 78 where a port is taken or the folder cannot be used, and leaves nothing running',
    { timeout: LIMIT_MS },
    async () => {
      const folder = scratchFolder();
      const first = await startProduct({ dataDir: join(folder, 'first') });
      const taken = { http: new URL(first.ready.http).port, tcp: first.ready.tcp.split(':').at(-1) ?? '' };
      const start = (...args: string[]) => failing('start', '--data-dir', join(folder, 'second'), ...args);
      expect(await start('--http-port', taken.http, '--tcp-port', '0')).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/--http-port was given \d+ \(EADDRINUSE\)/) as string,
      });
      expect(await start('--http-port', '0', '--tcp-port', taken.tcp)).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/--tcp-port was given \d+ \(EADDRINUSE\)/) as string,
      });
      expect(await failing('start', '--data-dir', '/dev/null/data')).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/--data-dir was given "\/dev\/null\/data"/) as string,
      });
    },
  );

  it('[O1] exits 78 where the shards differ from those of the store', { timeout: LIMIT_MS }, async () => {
    const dataDir = join(scratchFolder(), 'data');
    const first = await startProduct({ dataDir, env: { MUNOVA_SHARDS: '8' } });
    await first.end('SIGTERM');
    await expect(Product.start({ dataDir, env: { MUNOVA_SHARDS: '16' } })).rejects.toThrow(
      /ended with 78[^]*MUNOVA_SHARDS was given 16; allowed is 8/,
    );
    const again = await startProduct({ dataDir, env: { MUNOVA_SHARDS: '8' } });
    expect(await again.end('SIGTERM')).toBe(0);
  });
});

describe('[O3, O4, O9, O10] the commands', () => {
  it(
    '[O3, O4] a token of the folder is let in, and its secret is for the owner only',
    { timeout: LIMIT_MS },
    async () => {
      const dataDir = join(scratchFolder(), 'data');
      const early = await failing('token', '--sub', 'u1', '--data-dir', dataDir);
      expect(early).toMatchObject({ code: 78, stdout: '' });
      const product = await startProduct({ dataDir });
      const { stdout, stderr } = await munova(
        'token',
        '--sub',
        'u1',
        '--name',
        '민지',
        '--role',
        'buyer',
        '--ttl',
        '1h',
        '--data-dir',
        dataDir,
      );
      expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      expect(stderr).toBe('');
      expect((await rest(product.ready.http, 'GET', '/api/chat/rooms', { token: stdout.trim() })).status).toBe(200);
      expect((await rest(product.ready.http, 'GET', '/api/chat/rooms')).status).toBe(401);
      for (const file of readdirSync(dataDir)) expect(statSync(join(dataDir, file)).mode & 0o077, file).toBe(0);
    },
  );

  it(
    '[O9] seeding twice loads the sample shop once, and --demo loads an empty store only',
    { timeout: LIMIT_MS },
    async () => {
      const dataDir = join(scratchFolder(), 'data');
      const count = async (http: string): Promise<[number, number]> => {
        const token = tokenFor(secretOf(dataDir), { sub: 'minji' });
        const { items } = await restData<{ items: unknown[] }>(http, 'GET', '/api/products?limit=100', { token });
        const rooms = await restData<unknown[]>(http, 'GET', '/api/chat/group/search', { token });
        return [items.length, rooms.length];
      };
      const plain = await startProduct({ dataDir });
      expect(await count(plain.ready.http)).toEqual([0, 0]);
      await munova('seed', '--data-dir', dataDir);
      const once = await count(plain.ready.http);
      expect(once[0]).toBeGreaterThanOrEqual(24);
      expect(once[1]).toBeGreaterThanOrEqual(3);
      await munova('seed', '--url', plain.ready.http, '--data-dir', dataDir);
      expect(await count(plain.ready.http)).toEqual(once);
      await plain.end('SIGTERM');
      const demo = await startProduct({ dataDir, args: ['--demo'] });
      expect(await count(demo.ready.http)).toEqual(once);
      expect((await rest(demo.ready.http, 'GET', '/api/demo/people')).status).toBe(200);
    },
  );

  it(
    '[O9] --demo completes a sample shop whose loading was interrupted, and leaves a real shop alone',
    { timeout: LIMIT_MS },
    async () => {
      const restarted = async (product: { id: string; sellerId: string }): Promise<number> => {
        const dataDir = join(scratchFolder(), 'data');
        const first = await startProduct({ dataDir });
        const token = tokenFor(secretOf(dataDir), { sub: 'storefront', role: 'admin' });
        const body = { name: product.id, price: 1_000, imageUrl: null, sellerId: product.sellerId };
        await restData(first.ready.http, 'PUT', `/api/products/${product.id}`, { token, body });
        await first.end('SIGKILL');
        const { ready } = await startProduct({ dataDir, args: ['--demo'] });
        return (await restData<unknown[]>(ready.http, 'GET', '/api/chat/group/search', { token })).length;
      };
      expect(await restarted({ id: 'shoe-101', sellerId: 'seller-hangang' })).toBeGreaterThanOrEqual(3);
      expect(await restarted({ id: 'real-1', sellerId: 'real-seller' })).toBe(0);
    },
  );

  it('[O10] two terminals chat, and a third finds the history', { timeout: LIMIT_MS }, async () => {
    const dataDir = join(scratchFolder(), 'data');
    const product = await startProduct({ dataDir, args: ['--demo'] });
    const terminal = (...args: string[]) => {
      const child = spawn(process.execPath, [MUNOVA, 'chat', '--data-dir', dataDir, ...args]);
      const seen = { text: '' };
      child.stdout.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
      const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
      return { child, seen, exit };
    };
    const buyer = terminal('--sub', 'minji', '--name', '민지', '--product', 'shoe-301');
    await until('the buyer is connected', 20_000, () => buyer.seen.text.includes('# connected'));
    expect(buyer.seen.text).toContain('반 사이즈');
    const room = /\((r[\w-]{22})\)/.exec(buyer.seen.text)?.[1] ?? '';
    const seller = terminal(
      room,
      '--sub',
      'agent-7',
      '--name',
      '상담원',
      '--role',
      'seller',
      '--shop',
      'seller-namsan',
      '--raw',
    );
    await until('the seller is connected', 20_000, () => seller.seen.text.includes('# connected'));
    buyer.child.stdin.write('안녕하세요 👟\n');
    await until('the seller reads it', 20_000, () => seller.seen.text.includes('민지: 안녕하세요 👟'));
    expect(seller.seen.text).toContain('CONNECTED');
    seller.child.stdin.end('반갑습니다!\n');
    expect(await seller.exit).toBe(0);
    await until('the buyer reads it', 20_000, () => buyer.seen.text.includes('상담원: 반갑습니다!'));
    buyer.child.stdin.write('/quit\n');
    expect(await buyer.exit).toBe(0);
    const late = terminal(room, '--sub', 'minji');
    late.child.stdin.end();
    expect(await late.exit).toBe(0);
    expect(late.seen.text).toContain('-- joined seller-namsan (민지)');
    expect(late.seen.text).toContain('상담원: 반갑습니다!');
    expect(late.seen.text).not.toContain('connection lost');
    expect(await product.end('SIGTERM')).toBe(0);
  });

  it(
    '[O10] a stranger without access or without a server gets a sentence and a failing exit code',
    { timeout: LIMIT_MS },
    async () => {
      const dataDir = join(scratchFolder(), 'data');
      const product = await startProduct({ dataDir });
      const nowhere = await failing('chat', 'no-such-room', '--sub', 'x', '--data-dir', dataDir);
      expect(nowhere.code).toBe(1);
      expect(nowhere.stderr).toMatch(/^munova: /);
      await product.end('SIGTERM');
      const away = await failing('chat', 'r', '--sub', 'x', '--data-dir', dataDir, '--url', product.ready.http);
      expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('no server answers') as string });
    },
  );
});
