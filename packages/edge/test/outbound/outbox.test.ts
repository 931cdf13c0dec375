import { EPHEMERAL_QUEUE_BYTES, SLOW_CONSUMER_PATIENCE_MS, SLOW_CONSUMER_QUEUE_BYTES } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { Flusher } from '../../src/outbound/flusher.js';
import { Outbox } from '../../src/outbound/outbox.js';
import type { Transport } from '../../src/session/transport.js';
import { STREAM_FRAMING } from '../../src/transports/stream-framing.js';

/** A socket whose other end reads when the test says so. */
class StuckTransport implements Transport {
  readonly framing = STREAM_FRAMING;
  queuedBytes = 0;
  readonly writes: string[] = [];
  open = (): void => undefined;
  pause = (): void => undefined;
  resume = (): void => undefined;
  end = (): void => undefined;
  destroy = (): void => undefined;

  write(bytes: Uint8Array): void {
    this.writes.push(Buffer.from(bytes).toString());
    this.queuedBytes += bytes.length;
  }
}

describe('the outbox', () => {
  let runtime: ManualRuntime;
  let transport: StuckTransport;
  let outbox: Outbox;
  let rooms: number;
  let turns: number;
  beforeEach(() => {
    runtime = new ManualRuntime();
    transport = new StuckTransport();
    [rooms, turns] = [0, 0];
    const flusher = new Flusher(runtime.spawn, () => turns++);
    outbox = new Outbox(transport, runtime.clock, flusher, () => rooms++);
  });

  it('[D10] writes what one turn put, in order and at once', async () => {
    for (const frame of ['a', 'b', 'c']) outbox.put(Buffer.from(frame));
    expect(transport.writes).toEqual([]);
    await runtime.settle();
    outbox.put(Buffer.from('d'));
    await runtime.settle();
    expect(transport.writes).toEqual(['abc', 'd']);
    expect(turns).toBe(2);
  });

  it('[D11] [I10] has no room from the limit on, and says once when there is some again', async () => {
    outbox.put(Buffer.alloc(SLOW_CONSUMER_QUEUE_BYTES - 1));
    expect(outbox.hasRoom).toBe(true);
    outbox.put(Buffer.alloc(1));
    expect(outbox.hasRoom).toBe(false);
    await runtime.settle();
    outbox.checkRoom();
    expect([outbox.hasRoom, rooms]).toEqual([false, 0]);
    transport.queuedBytes = 0;
    outbox.checkRoom();
    outbox.checkRoom();
    expect([outbox.hasRoom, rooms]).toEqual([true, 1]);
  });

  it('[E64] has room to spare while little waits, here and in the socket', async () => {
    outbox.put(Buffer.alloc(EPHEMERAL_QUEUE_BYTES - 1));
    expect(outbox.hasRoomToSpare).toBe(true);
    outbox.put(Buffer.alloc(1));
    expect([outbox.hasRoomToSpare, outbox.hasRoom]).toEqual([false, true]);
    await runtime.settle();
    expect(outbox.hasRoomToSpare).toBe(false);
    transport.queuedBytes = 0;
    expect(outbox.hasRoomToSpare).toBe(true);
  });

  it('[D11] has room again by itself when the socket takes a burst at once', async () => {
    transport.write = () => undefined;
    outbox.put(Buffer.alloc(SLOW_CONSUMER_QUEUE_BYTES));
    expect(outbox.hasRoom).toBe(false);
    await runtime.settle();
    expect([outbox.hasRoom, rooms]).toEqual([true, 1]);
  });

  it('[D11] is stuck for good after 30 s without room', async () => {
    outbox.put(Buffer.alloc(SLOW_CONSUMER_QUEUE_BYTES));
    await runtime.advance(SLOW_CONSUMER_PATIENCE_MS - 1);
    outbox.put(Buffer.alloc(1));
    expect(outbox.isStuckForGood(runtime.clock.monotonic())).toBe(false);
    await runtime.advance(1);
    expect(outbox.isStuckForGood(runtime.clock.monotonic())).toBe(true);
    transport.queuedBytes = 0;
    outbox.checkRoom();
    expect(outbox.isStuckForGood(runtime.clock.monotonic())).toBe(false);
  });
});
