import net from 'node:net';
import { Duplex } from 'node:stream';
import { CLOSE_HANDSHAKE_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { expect, it } from 'vitest';
import { refuseUpgrade } from '../../src/transports/refuse-upgrade.js';
import { EdgeFixture } from '../stomp/edge-fixture.js';

it('[E17] [I10] an upgrade that is refused leaves no socket behind, though the peer keeps its side open', async () => {
  const fixture = await EdgeFixture.start();
  const { port } = new URL(fixture.wsUrl);
  const client = net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  const answer: Buffer[] = [];
  client.on('data', (chunk: Buffer) => answer.push(chunk)).on('error', () => undefined);
  const over = new Promise((resolve) => client.once('end', resolve));
  client.write('GET /elsewhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await over;
  expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 404 /);
  expect(client.writable).toBe(true);
  await expect.poll(() => fixture.httpSockets(), { timeout: 5_000 }).toBe(0);
  client.destroy();
  await fixture.stop();
});

it('[E17] [I10] a peer that never takes the answer is dropped in time', async () => {
  const manual = new ManualRuntime();
  const stuck = new Duplex({ read: () => undefined, write: () => undefined });
  refuseUpgrade(stuck, { status: 503, headers: {}, text: 'full' }, manual.timers);
  await manual.advance(CLOSE_HANDSHAKE_MS - 1);
  expect(stuck.destroyed).toBe(false);
  await manual.advance(1);
  expect(stuck.destroyed).toBe(true);
  await expect.poll(() => manual.pendingTimers).toBe(0);
});
