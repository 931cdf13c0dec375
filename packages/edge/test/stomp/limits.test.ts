import { RECONNECT_WINDOW_MS, SLOW_CONSUMER_PATIENCE_MS } from '@munova/contracts';
import type { RoomId } from '@munova/contracts';
import { messageEntry, messages } from '@munova/contracts/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

// Megabytes go over the loopback, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a client that does not read', () => {
  let fixture: EdgeFixture;
  afterEach(() => fixture.stop());

  /** Two subscribers; logs long messages until the first one's socket takes no more. */
  const overwhelmed = async (): Promise<{ slow: TestClient; quick: TestClient; room: RoomId; head: number }> => {
    fixture = await EdgeFixture.start();
    const room = fixture.room();
    const [slow, quick] = [await fixture.user('minji'), await fixture.user('bob')];
    for (const client of [slow, quick]) await client.subscribe('a', `/rooms/${room}`);
    slow.pause();
    let head = 0;
    const more = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await fixture.actor.add(messageEntry({ room, seq: ++head, content: '가'.repeat(4_000) }));
      }
      await quick.untilReceived('a', head);
    };
    while (fixture.deliveries === 2 * head) await more(50);
    const stuckAt = fixture.deliveries - head;
    await more(300);
    // Only the cursor is kept: what came since has not been put into its queue.
    expect(fixture.deliveries - head).toBe(stuckAt);
    return { slow, quick, room, head };
  };

  it('[D11] [E16] [I10] catches up once it reads again, and nobody else notices', async () => {
    const { slow, quick, head } = await overwhelmed();
    // Its answers would only pile up, so it is not read either.
    slow.text('room-b', 'from one who does not read', 's1');
    await quick.say('room-b', 'from one who does', 'q1');
    expect(fixture.appended).toEqual(['q1']);
    slow.resume();
    await slow.next('RECEIPT', (f) => f.header('receipt-id') === 'r-s1');
    await slow.untilReceived('a', head);
    expect(slow.received('a').map((m) => m['seq'])).toEqual(range(1, head));
    expect(quick.closed).toBe(null);
  });

  it('[D11] is closed after 30 s without a drain', async () => {
    const { slow, quick, head } = await overwhelmed();
    await fixture.advance(SLOW_CONSUMER_PATIENCE_MS + 1_000);
    await fixture.advance(5_000);
    await fixture.until(() => fixture.edge.sessionCount === 1, 'the slow one is gone');
    expect(fixture.closings).toEqual(['slow-consumer']);
    slow.resume();
    await slow.untilClosed();
    expect(slow.received('a').length).toBeLessThan(head);
    await quick.subscribe('b', '/rooms/another');
  });
});

describe('[E17] more than there may be', () => {
  it('[E17] is turned away with a word', async () => {
    const fixture = await EdgeFixture.start({ maxConnections: 2 });
    const first = await fixture.user('minji');
    await fixture.tcp();
    await fixture.until(() => fixture.edge.sessionCount === 2, 'both are there');
    await expect(fixture.ws()).rejects.toThrow('status 503 5');
    const refused = await fixture.tcp();
    expect((await refused.next('ERROR')).header('code')).toBe('busy');
    await refused.untilClosed();
    expect(fixture.edge.sessionCount).toBe(2);
    first.drop();
    await fixture.until(() => fixture.edge.sessionCount === 1, 'one is gone');
    await fixture.user('bob');
    await fixture.stop();
  });

  it('[E17] foreign pages and other paths are turned away', async () => {
    const fixture = await EdgeFixture.start();
    await expect(fixture.ws('', { origin: 'https://evil.example' })).rejects.toThrow('status 403');
    await expect(fixture.ws('/elsewhere')).rejects.toThrow('status 404');
    await expect(fixture.ws('', { authorization: 'Bearer bad' })).rejects.toThrow('status 401');
    await fixture.user('minji');
    await fixture.stop();
  });
});

describe('[E19] a drain', () => {
  it('[E19] takes nobody in, answers what was sent, and says when to come back', async () => {
    const fixture = await EdgeFixture.start();
    const [minji, bob, fresh] = [await fixture.user('minji'), await fixture.tcp(), await fixture.ws()];
    await bob.connect(fixture.token('bob'));
    fixture.actor.deaf = true;
    fixture.bus.wake();
    minji.text('room-1', 'in flight', 'm1');
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    const drained = fixture.edge.drain();
    await expect(fixture.ws()).rejects.toThrow('status 503');
    for (const client of [bob, fresh]) expect((await client.next('ERROR')).header('code')).toBe('unavailable');
    expect(minji.closed).toBe(null);
    fixture.actor.listen();
    await minji.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1');
    const { code, reason } = await minji.untilClosed();
    expect(code).toBe(1012);
    const delay = Number(/reconnect after (\d+) ms/.exec(reason)?.[1]);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThan(RECONNECT_WINDOW_MS);
    await drained;
    expect(fixture.edge.sessionCount).toBe(0);
    await fixture.stop();
  });

  it('[E19] waits no longer than it must for what has no answer', async () => {
    const fixture = await EdgeFixture.start();
    const minji = await fixture.user('minji');
    fixture.actor.deaf = true;
    fixture.bus.wake();
    minji.text('room-1', 'in flight', 'm1');
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    const drained = fixture.edge.drain();
    await fixture.advance(11_000);
    expect((await minji.untilClosed()).code).toBe(1012);
    await drained;
    await fixture.stop();
  });
});

describe('[D10] what one turn has for a socket', () => {
  it('[D10] goes out in one write, a frame a message', async () => {
    const fixture = await EdgeFixture.start();
    const room = fixture.room();
    await fixture.actor.addAll(messages(room, 1, 200));
    const client = await fixture.user('minji');
    let chunks = 0;
    // Below the WebSocket: how often the network handed something over.
    (client.ws as unknown as { readonly _socket: NodeJS.ReadableStream })._socket.on('data', () => chunks++);
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 0 });
    await client.untilReceived('a', 200);
    expect(client.messages.filter((m) => m.startsWith('MESSAGE'))).toHaveLength(200);
    expect(chunks).toBeLessThan(20);
    await fixture.stop();
  });
});
