import {
  asEpoch,
  asSeq,
  HEAD_BEATS,
  HEARTBEAT_MS,
  HEARTBEATS_MISSED,
  INBOX_MAX_ENTRIES,
  type RoomId,
} from '@munova/contracts';
import { messageEntry } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';

describe('a subscriber on a real socket', () => {
  let fixture: EdgeFixture;
  let room: RoomId;

  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    room = fixture.room();
  });
  afterEach(() => fixture.stop());

  /** So many seconds, each with a heartbeat. */
  const beats = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await fixture.actor.beat();
      await fixture.advance(HEARTBEAT_MS);
    }
  };

  const add = (seq: number, lost: boolean): Promise<void> => fixture.actor.add(messageEntry({ room, seq }), lost);

  it('[D21] [D5] reaches the head by the next heartbeat where the fan-out lost the tail', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    await add(1, false);
    await client.untilReceived('a', 1);
    await add(2, true);
    await add(3, true);
    await beats(1);
    await client.untilReceived('a', 3);
    expect(client.received('a').map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(fixture.renewals).toBe(0);
  });

  it('[D22] hears again what is said after the subscription was lost in silence', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    await beats(1);
    fixture.deaf = true;
    await add(1, false);
    await beats(HEARTBEATS_MISSED + 1);
    await client.untilReceived('a', 1);
    expect([fixture.renewals, fixture.deaf]).toEqual([1, false]);
    await add(2, false);
    await client.untilReceived('a', 2);
  });

  it('[D20] is served by a new owner that knew of no watch', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    await beats(1);
    fixture.actor.forgetWatches();
    await add(1, false);
    await fixture.actor.beat(asEpoch(2));
    await fixture.until(() => fixture.actor.watchers(room) === 1, 'the room is watched again');
    await add(2, false);
    await client.untilReceived('a', 2);
    expect(fixture.manual.clock.monotonic()).toBeLessThan(HEAD_BEATS * HEARTBEAT_MS);
  });

  it('[E50] is read one SEND at a time while its shard’s inbox is full, and freely once it is not', async () => {
    const client = await fixture.user('minji');
    fixture.actor.lag = { entries: INBOX_MAX_ENTRIES, bytes: 0 };
    await fixture.actor.beat();
    await fixture.settle();
    fixture.actor.deaf = true;
    for (const id of ['m1', 'm2', 'm3']) client.text(room, 'hello', id);
    await fixture.until(() => fixture.appended.includes('m1'), 'the first is appended');
    await fixture.settle();
    expect(fixture.appended).toEqual(['m1']);
    fixture.actor.lag = { entries: 0, bytes: 0 };
    await fixture.actor.beat();
    fixture.actor.listen();
    await fixture.until(() => fixture.appended.length === 3, 'the others are appended');
    for (const id of ['m1', 'm2', 'm3']) await client.next('RECEIPT', (f) => f.header('receipt-id') === `r-${id}`);
  });

  it('[D23] is told after a reconnection what was said meanwhile', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 0 });
    await add(asSeq(1), true);
    fixture.listener?.onReconnect();
    await client.untilReceived('a', 1);
  });
});
