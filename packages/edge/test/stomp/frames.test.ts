/** What every connected client may say and may not: receipts, heart-beats, transactions, broken frames. */
import { FRAME_ARRIVAL_MS, SOCKET_MESSAGE_MAX_BYTES } from '@munova/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BYSTANDERS_ROOM, expectUndisturbed, joinBystander } from './bystander.js';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

describe('a connection', () => {
  let fixture: EdgeFixture;
  let bystander: TestClient;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    bystander = await joinBystander(fixture);
  });
  afterEach(async () => {
    await expectUndisturbed(bystander);
    await fixture.stop();
  });

  it('[E9] is closed by transactions', async () => {
    for (const [command, headers] of [
      ['BEGIN', { transaction: 't' }],
      ['COMMIT', { transaction: 't' }],
      ['ABORT', {}],
      ['SEND', { destination: `/rooms/${BYSTANDERS_ROOM}/messages`, transaction: 't' }],
      ['ACK', { id: '1', transaction: 't' }],
    ] as const) {
      const client = await fixture.user('minji');
      client.send(command, headers);
      expect(await client.ending(), command).toBe('ERROR transactions-unsupported 4008');
    }
  });

  it('[E10] has a receipt for any frame', async () => {
    const client = await fixture.ws();
    const receipt = (id: string) => client.next('RECEIPT', (f) => f.header('receipt-id') === id);
    await client.connect(fixture.token('minji'), { receipt: 'connect' });
    await receipt('connect');
    await client.subscribe('errors', '/user/queue/errors');
    await client.subscribe('a', `/rooms/${BYSTANDERS_ROOM}`, { ack: 'client' });
    await client.say(BYSTANDERS_ROOM, 'hi', 'm1');
    await client.untilReceived('a', 1);
    const ack = client.frames.find((f) => f.command === 'MESSAGE')?.header('ack');
    client.send('ACK', { id: ack, receipt: 'ack' });
    client.send('NACK', { id: ack, receipt: 'nack' });
    client.send('UNSUBSCRIBE', { id: 'a', receipt: 'unsubscribe' });
    client.send('DISCONNECT', { receipt: 'disconnect' });
    for (const id of ['ack', 'nack', 'unsubscribe', 'disconnect']) await receipt(id);
  });

  it('[E12] gets heart-beats as often as agreed, and is closed when it gives none', async () => {
    const client = await fixture.ws();
    await client.connect(fixture.token('minji'), { 'heart-beat': '6000,1000' });
    for (let beat = 1; beat <= 2; beat++) {
      await fixture.advance(5_000);
      await fixture.until(() => client.heartbeats === beat, `beat ${String(beat)} has come`);
    }
    await fixture.advance(3_000);
    expect(await client.ending()).toBe('ERROR protocol-error 4008');
  });

  it('[E12] is not closed for silence while it is the server that does not read', async () => {
    const client = await fixture.deafUser('minji');
    const other = await fixture.ws();
    await other.connect(fixture.token('minji'), { 'heart-beat': '5000,0' });
    fixture.actor.script = () => ({ status: 'later', code: 'busy', retryAfterMs: 400 });
    for (let i = 0; i < 450; i++) other.text('room-z', 'x', `m${String(i)}`);
    await fixture.advance(20_000);
    expect([client.closed, other.closed]).toEqual([null, null]);
    fixture.actor.script = () => 'usual';
    await fixture.until(() => fixture.actor.batches.length > 0, 'batches have come');
  });

  it('[E13] is closed for what is no STOMP, after the frames before it', async () => {
    const client = await fixture.user('minji');
    client.raw('SUBSCRIBE\nid:2\ndestination:/user/queue/errors\nreceipt:before\n\n\0SEND\nno colon in here\n\n\0');
    expect(await client.ending()).toBe('ERROR protocol-error 4008');
    expect(client.frames.at(-2)?.header('receipt-id')).toBe('before');
  });

  it('[E13] is closed for what is too large', async () => {
    for (const bytes of [
      `SEND\ndestination:/rooms/a/messages\n\n${'x'.repeat(65_537)}`,
      `SEND\ncontent-length:65537\n\n`,
      `SEND\n${'a:b\n'.repeat(65)}\n\0`,
      `SEND\na:${'b'.repeat(16_400)}`,
    ]) {
      const client = await fixture.tcp();
      await client.connect(fixture.token('minji'));
      client.raw(bytes);
      expect(await client.ending(), bytes.slice(0, 20)).toBe('ERROR too-large 0');
    }
    const client = await fixture.user('minji');
    client.raw(`SEND\n\n${'x'.repeat(65_537)}\0`);
    expect(await client.ending()).toBe('ERROR too-large 1009');
    const giant = await fixture.user('minji');
    giant.raw('x'.repeat(SOCKET_MESSAGE_MAX_BYTES + 1));
    expect((await giant.untilClosed()).code).toBe(1009);
  });

  it('[E13] is closed by a frame that never ends, however slowly it is fed', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji'));
    client.raw('SEND\ndestination:/rooms/a/messages\n\n');
    for (let waited = 0; waited < FRAME_ARRIVAL_MS + 1_000; waited += 1_000) {
      client.raw('x');
      await new Promise((resolve) => setTimeout(resolve, 3));
      await fixture.advance(1_000);
    }
    expect(await client.ending()).toBe('ERROR protocol-error 0');
  });
});
