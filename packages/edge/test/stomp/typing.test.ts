import {
  MAX_SUBSCRIPTIONS_PER_SESSION,
  REST_REPLY_DEADLINE_MS,
  TYPING_INTERVAL_MS,
  TYPING_ROOMS_PER_SESSION,
} from '@munova/contracts';
import type { RoomId } from '@munova/contracts';
import { departureEntry, messageEntry } from '@munova/contracts/testing';
import type { StompFrame } from '@munova/contracts/stomp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

describe('typing', () => {
  let fixture: EdgeFixture;
  let room: RoomId;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    room = fixture.room();
  });
  afterEach(() => fixture.stop());

  let receipts = 0;
  /** Sends one and waits for its receipt. */
  const types = async (client: TestClient, where: string = room): Promise<StompFrame> => {
    const receipt = `typing-${String(++receipts)}`;
    client.send('SEND', { destination: `/rooms/${where}/typing`, receipt }, 'not looked at');
    return client.next('RECEIPT', (f) => f.header('receipt-id') === receipt);
  };
  const listens = (client: TestClient, id = 't', more = {}): Promise<StompFrame> =>
    client.subscribe(id, `/rooms/${room}/typing`, more);
  const told = (client: TestClient, id = 't'): StompFrame[] =>
    client.frames.filter((f) => f.command === 'MESSAGE' && f.header('subscription') === id);
  /** Watches that the actor was asked for. */
  const asked = (): number =>
    fixture.actor.batches.flatMap((b) => b.frames).filter(({ frame }) => frame === 'watch').length;
  const interval = (): Promise<void> => fixture.advance(TYPING_INTERVAL_MS);

  it('[E60] is told to the other subscribers, by the name of the token, without a seq, encoded once', async () => {
    const [minji, again, bob] = [
      await fixture.user('minji', { name: '민지 👟' }),
      await fixture.user('minji'),
      await fixture.user('bob'),
    ];
    for (const client of [minji, again, bob]) await listens(client);
    await bob.subscribe('room', `/rooms/${room}`);
    const receipt = await types(minji);
    expect([...receipt.headers.filter((_, i) => i % 2 === 0)]).toEqual(['receipt-id']);
    for (const client of [again, bob]) {
      expect(await client.untilReceived('t', 1)).toEqual([{ userId: 'minji', name: '민지 👟' }]);
    }
    expect(fixture.encodings).toBe(1);
    const [first] = told(bob);
    expect([
      first?.header('destination'),
      first?.header('content-type'),
      first?.header('seq'),
      first?.header('ack'),
    ]).toEqual([`/rooms/${room}/typing`, 'application/json', undefined, undefined]);
    await interval();
    await types(bob);
    await minji.untilReceived('t', 1);
    await interval();
    await types(minji);
    await bob.untilReceived('t', 2);
    expect(new Set(told(bob).map((f) => f.header('message-id'))).size).toBe(2);
    expect(minji.received('t')).toEqual([{ userId: 'bob', name: 'bob' }]);
    expect(bob.received('room')).toEqual([]);
    expect([fixture.actor.log(room), fixture.appended]).toEqual([[], []]);
  });

  it('[E61] is heard by whom the room’s actor admits, until his departure', async () => {
    const [minji, bob] = [await fixture.user('minji'), await fixture.user('bob')];
    fixture.actor.refuseWatch = (_, { id }) => (id === 'bob' ? 'CHAT_03' : null);
    bob.send('SUBSCRIBE', { id: 't', destination: `/rooms/${room}/typing`, receipt: 'r-t' });
    expect(await bob.nextRefusal()).toMatchObject({ code: 'CHAT_03', subscription: 't', receipt: 'r-t' });
    fixture.actor.refuseWatch = () => null;
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    const receipt = await listens(bob, 't', { 'last-seq': 'not looked at' });
    expect([receipt.header('head'), receipt.header('generation')]).toEqual([undefined, undefined]);
    await types(minji);
    await bob.untilReceived('t', 1);
    await fixture.actor.add(departureEntry('kicked', room, 2, 'bob'));
    expect(await bob.nextRefusal()).toMatchObject({
      code: 'CHAT_03',
      subscription: 't',
      destination: `/rooms/${room}/typing`,
    });
    await interval();
    await types(minji);
    await fixture.settle();
    expect(bob.received('t')).toHaveLength(1);
  });

  it('[E61] [D6] does not keep a departure from a session that hears no refusals', async () => {
    const deaf = await fixture.deafUser('minji');
    await listens(deaf);
    await deaf.subscribe('room', `/rooms/${room}`);
    await fixture.actor.add(departureEntry('left', room, 1, 'minji'));
    expect(await deaf.ending()).toBe('ERROR CHAT_03 4003');
    expect(deaf.received('room').map((m) => m['kind'])).toEqual(['left']);
  });

  it('[E61] [D14] [E18] is a subscription like any other', async () => {
    const [minji, bob] = [await fixture.user('minji'), await fixture.user('bob')];
    await listens(minji);
    const refused = async (command: string, id: string, destination: string): Promise<unknown> => {
      minji.send(command, { id, destination });
      return (await minji.nextRefusal())['code'];
    };
    expect(await refused('SUBSCRIBE', 't', `/rooms/${room}`)).toBe('duplicate-subscription');
    expect(await refused('SUBSCRIBE', 'u', '/rooms/no room/typing')).toBe('CHAT_01');
    expect(await refused('SEND', '', '/rooms/no room/typing')).toBe('CHAT_01');
    minji.send('UNSUBSCRIBE', { id: 't', receipt: 'gone' });
    await minji.next('RECEIPT', (f) => f.header('receipt-id') === 'gone');
    await types(bob);
    await listens(minji, 'u');
    expect(minji.received('t')).toEqual([]);
    // Beyond the rate of SUBSCRIBEs, which time makes good; with the one to the refusals and this one.
    await interval();
    const more = Array.from({ length: MAX_SUBSCRIPTIONS_PER_SESSION - 2 }, (_, i) => `more-${String(i)}`);
    for (const id of more) minji.send('SUBSCRIBE', { id, destination: `/rooms/${room}/typing`, receipt: `r-${id}` });
    await minji.next('RECEIPT', (f) => f.header('receipt-id') === `r-${more.at(-1) ?? ''}`);
    await fixture.advance(100);
    expect(await refused('SUBSCRIBE', 'surplus', `/rooms/${room}/typing`)).toBe('too-many-subscriptions');
  });

  it('[E62] is said by whom the room’s actor admits, subscribed or not, who is asked once', async () => {
    const [minji, bob] = [await fixture.user('minji'), await fixture.user('bob')];
    await listens(bob);
    expect(asked()).toBe(1);
    for (let i = 1; i <= 3; i++) {
      await types(minji);
      await bob.untilReceived('t', i);
      await interval();
    }
    await types(bob);
    expect(asked()).toBe(2);
    fixture.actor.refuseWatch = (_, { id }) => (id === 'minji' ? 'CHAT_03' : null);
    await fixture.actor.add(departureEntry('kicked', room, 1, 'minji'));
    await interval();
    minji.send('SEND', { destination: `/rooms/${room}/typing`, receipt: 'r' });
    expect(await minji.nextRefusal()).toMatchObject({
      code: 'CHAT_03',
      destination: `/rooms/${room}/typing`,
      receipt: 'r',
      subscription: null,
    });
    await types(minji);
    await fixture.settle();
    expect([bob.received('t').length, asked(), fixture.drops]).toEqual([3, 3, ['rate']]);
  });

  it('[E63] [I10] is told once in three seconds a session and room, in a bounded number of rooms', async () => {
    const [minji, bob, other] = [await fixture.user('minji'), await fixture.user('bob'), fixture.room()];
    await listens(bob);
    await bob.subscribe('other', `/rooms/${other}/typing`);
    for (let i = 0; i < 3; i++) await types(minji);
    await types(minji, other);
    await fixture.advance(TYPING_INTERVAL_MS - 1);
    await types(minji);
    expect(fixture.drops).toEqual(['rate', 'rate', 'rate']);
    await fixture.advance(1);
    await types(minji);
    await bob.untilReceived('t', 2);
    expect(bob.received('other')).toHaveLength(1);
    const carol = await fixture.user('carol');
    for (let i = 0; i <= TYPING_ROOMS_PER_SESSION; i++) await types(carol, fixture.room());
    expect(fixture.drops).toHaveLength(4);
  });

  it('[E66] that nobody can judge in time is dropped, with its receipt', async () => {
    const [minji, bob] = [await fixture.deafUser('minji'), await fixture.user('bob')];
    await listens(bob);
    fixture.actor.refuseWatch = () => 'busy';
    await types(minji);
    fixture.actor.deaf = true;
    await interval();
    const typing = types(minji);
    await fixture.settle();
    for (let passed = 0; passed <= 2 * REST_REPLY_DEADLINE_MS; passed += 1_000) await fixture.advance(1_000);
    await typing;
    expect([fixture.drops, bob.received('t'), minji.closed]).toEqual([['unjudged', 'unjudged'], [], null]);
  });

  it.each(['client', 'client-individual'])(
    '[E67] waits for no acknowledgement, and takes those of what was told (%s)',
    async (ack) => {
      const [minji, bob] = [await fixture.user('minji'), await fixture.user('bob')];
      await listens(bob, 't', { ack });
      await types(minji);
      await bob.untilReceived('t', 1);
      const id = told(bob)[0]?.header('ack');
      for (const command of ['ACK', 'NACK', 'ACK']) bob.send(command, { id, receipt: command });
      for (const command of ['ACK', 'NACK', 'ACK'])
        await bob.next('RECEIPT', (f) => f.header('receipt-id') === command);
      for (const never of [`${room}:typing-2:t`, `${room}:1:t`, `${room}:typing-1:u`, `${room}:typing-0:t`]) {
        bob.send('ACK', { id: never });
        expect((await bob.nextRefusal())['code']).toBe('unknown-subscription');
      }
    },
  );
});
