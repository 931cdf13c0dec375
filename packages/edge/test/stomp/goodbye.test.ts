/** How a connection ends in order: its token's expiry, its DISCONNECT, and what is still owed then. */
import { DISCONNECT_FINISH_MS, FRAME_ARRIVAL_MS, SESSION_SWEEP_MS } from '@munova/contracts';
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

  it('[E6] ends at its token’s expiry, with the receipt of what is in flight first', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.actor.script = () => 'silent';
    client.text(BYSTANDERS_ROOM, 'in flight', 'm1');
    await fixture.until(() => fixture.actor.head(BYSTANDERS_ROOM as never) === 1, 'it is logged');
    fixture.actor.script = () => 'usual';
    await fixture.advance(1_000);
    expect(client.closed).toBe(null);
    fixture.manual.jumpWallClock(60_000);
    // The receipt was lost: the copy that is appended after expiry brings it.
    await fixture.advance(3_000);
    expect((await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1')).header('seq')).toBe('1');
    expect(await client.ending()).toBe('ERROR session-expired 4010');
  });

  it('[E6] hears nothing more of its rooms once its token has expired, while an answer is awaited', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    await client.subscribe('r', `/rooms/${BYSTANDERS_ROOM}`);
    fixture.actor.script = ({ cmid }) => (cmid === 'm1' ? 'silent' : 'usual');
    client.text('room-x', 'in flight', 'm1');
    await fixture.until(() => fixture.actor.head('room-x' as never) === 1, 'it is logged');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    await bystander.say(BYSTANDERS_ROOM, 'not for minji', 'b1');
    await bystander.untilReceived('r', 1);
    await fixture.advance(3_000);
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1');
    expect(await client.ending()).toBe('ERROR session-expired 4010');
    expect(client.received('r')).toEqual([]);
  });

  it('[E6] hears refusals of what is in flight when its token expires', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-x', 'refused', 'm1');
    client.text('room-y', 'in flight', 'm2');
    await fixture.until(() => fixture.appended.includes('m2'), 'both are appended');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    fixture.actor.script = ({ cmid }) => (cmid === 'm1' ? { status: 'refused', code: 'CHAT_03' } : 'usual');
    fixture.actor.listen();
    expect((await client.nextRefusal())['code']).toBe('CHAT_03');
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m2');
    expect(await client.ending()).toBe('ERROR session-expired 4010');
  });

  it('[E6] sends nothing any more once its token has expired', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.manual.jumpWallClock(60_000);
    client.text('room-x', 'too late', 'm1');
    expect(await client.ending()).toBe('ERROR session-expired 4010');
    expect(fixture.actor.head('room-x' as never)).toBe(0);
  });

  it('[E90] lives while its edge’s wall clock has not come to its expiry, also one that was set back', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.manual.jumpWallClock(-60_000);
    for (let minute = 0; minute < 2; minute += 1) {
      await client.say(BYSTANDERS_ROOM, 'still here', `m${String(minute)}`);
      await fixture.advance(59_000);
    }
    expect(client.closed).toBe(null);
    await fixture.advance(2_000 + SESSION_SWEEP_MS);
    expect(await client.ending()).toBe('ERROR session-expired 4010');
  });

  it('[E90] that has expired ends within its time whatever the wall clock says then', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-x', 'never answered', 'm1');
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(SESSION_SWEEP_MS);
    fixture.manual.jumpWallClock(-3_600_000);
    await fixture.advance(DISCONNECT_FINISH_MS + SESSION_SWEEP_MS);
    expect(await client.ending()).toBe('ERROR session-expired 4010');
    fixture.actor.listen();
  });

  it('[E6] lives on with a fresh token of the same user', async () => {
    const soon = fixture.manual.clock.now() / 1_000 + 60;
    const client = await fixture.user('minji', { exp: soon });
    const fresh = fixture.token('minji', { exp: soon + 3_600 });
    client.send('SEND', { destination: '/user/session/token', receipt: 'fresh' }, fresh);
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'fresh');
    fixture.manual.jumpWallClock(120_000);
    await fixture.advance(1_000);
    await client.say(BYSTANDERS_ROOM, 'still here', 'm1');
    client.send('SEND', { destination: '/user/session/token' }, fixture.token('bob'));
    expect(await client.ending()).toBe('ERROR unauthenticated 4001');
  });

  it('[E8] says goodbye after what was sent', async () => {
    const client = await fixture.user('minji');
    fixture.actor.deaf = true;
    client.text(BYSTANDERS_ROOM, 'one', 'm1');
    client.send('DISCONNECT', { receipt: 'bye' });
    client.text(BYSTANDERS_ROOM, 'never', 'm2');
    await fixture.until(() => fixture.edge.sessionCount === 2, 'it is still there');
    fixture.actor.listen();
    const closed = await client.untilClosed();
    expect(client.frames.slice(-2).map((f) => f.header('receipt-id'))).toEqual(['r-m1', 'bye']);
    expect(closed.code).toBe(1000);
    expect(fixture.actor.log(BYSTANDERS_ROOM as never).map((e) => e.cmid)).toEqual(['m1']);
  });

  it.each(['SEND\nno colon in here\n\n\0', `SEND\n\n${'x'.repeat(65_537)}`])(
    '[E8] [E13] loses no answer to what is broken behind its goodbye (%#)',
    async (broken) => {
      const client = await fixture.tcp();
      await client.connect(fixture.token('minji'));
      fixture.actor.deaf = true;
      fixture.bus.wake();
      client.text('room-x', 'one', 'm1');
      client.send('DISCONNECT', { receipt: 'bye' });
      client.raw(broken);
      await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
      client.raw(broken);
      await fixture.settle();
      fixture.actor.listen();
      await client.untilClosed();
      expect(client.frames.slice(1).map((f) => f.header('receipt-id'))).toEqual(['r-m1', 'bye']);
    },
  );

  it('[E8] [E12] [E13] beats on, and blames no half frame, while what was sent is finished', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 }), {
      'heart-beat': '0,5000',
    });
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-x', 'one', 'm1');
    client.raw('SEND\nhalf:');
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    await fixture.settle();
    await fixture.advance(FRAME_ARRIVAL_MS - 1_000);
    const before = client.heartbeats;
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    await fixture.advance(6_000);
    await fixture.until(() => client.heartbeats > before, 'a beat has come');
    fixture.actor.listen();
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1');
    expect(await client.ending()).toBe('ERROR session-expired 0');
  });

  it('[E8] waits for every answer before it says goodbye', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = (command) => (command.room === 'room-slow' ? 'silent' : 'usual');
    client.text('room-slow', 'one', 'm1');
    client.text('room-quick', 'two', 'm2');
    client.send('DISCONNECT', { receipt: 'bye' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m2');
    await fixture.advance(3_000);
    await client.untilClosed();
    expect(client.frames.slice(-3).map((f) => f.header('receipt-id'))).toEqual(['r-m2', 'r-m1', 'bye']);
  });

  it('[E8] takes the end of what a TCP client says for a goodbye', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji'));
    fixture.actor.deaf = true;
    client.text(BYSTANDERS_ROOM, 'one', 'm1');
    client.socket.end();
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    fixture.actor.listen();
    await client.untilClosed();
    expect(client.frames.at(-1)?.header('receipt-id')).toBe('r-m1');
    const silent = await fixture.tcp();
    silent.socket.end();
    await silent.untilClosed();
  });

  it('[E8] gives up on what has no answer after 10 s', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = () => 'silent';
    client.text('room-y', 'one', 'm1');
    client.send('DISCONNECT', { receipt: 'bye' });
    await fixture.until(() => fixture.actor.head('room-y' as never) === 1, 'it is logged');
    fixture.actor.deaf = true;
    await fixture.advance(11_000);
    expect(await client.ending()).toBe('ERROR outcome-unknown 4007');
    fixture.actor.listen();
    fixture.actor.script = () => 'usual';
  });
});
