/** The STOMP interface of the started product, row by row: who hears of whose typing. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Headers, Link } from '../../driver/link.js';
import type { Claims } from '../../driver/product.js';
import { openStompjsLink } from '../../driver/stompjs-link.js';
import { until } from '../../driver/wait.js';
import { WireShop } from '../../driver/wire-shop.js';
import { expectRefusal } from './expectations.js';

const WAIT_MS = 15_000;
vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
const links: Link[] = [];
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(async () => {
  for (const link of links) link.drop();
  await shop.close();
});

const typingIn = (room: string): string => `/rooms/${room}/typing`;

/** Somebody with a client of other people's making, at another edge than the one before where there are several. */
class Person {
  readonly heard: unknown[] = [];
  readonly #receipts: Headers[] = [];
  #link: Link | null = null;
  #asked = 0;

  static async join(who: Claims, room: string): Promise<Person> {
    const person = new Person();
    person.#link = await openStompjsLink(shop.product.anyTarget, shop.token(who), {
      message: (_headers, body) => person.heard.push(JSON.parse(body)),
      receipt: (headers) => person.#receipts.push(headers),
      error: () => undefined,
      closed: () => undefined,
    });
    links.push(person.#link);
    await person.#ask((link, receipt) => link.subscribe({ id: 't', destination: typingIn(room), receipt }));
    return person;
  }

  types(room: string): Promise<void> {
    return this.#ask((link, receipt) => link.send({ destination: typingIn(room), receipt }, ''));
  }

  async hears(...what: readonly object[]): Promise<void> {
    await until('what is typed', WAIT_MS, () => this.heard.length >= what.length);
    expect(this.heard).toEqual(what);
  }

  async #ask(ask: (link: Link, receipt: string) => void): Promise<void> {
    const receipt = `r-${String(++this.#asked)}`;
    if (this.#link !== null) ask(this.#link, receipt);
    await until(receipt, WAIT_MS, () => this.#receipts.some((headers) => headers['receipt-id'] === receipt));
  }
}

describe('typing', () => {
  it('[E60] reaches the others, each way, whichever edge they are at, and not the one who types', async () => {
    const [minji, bob] = [shop.fresh('minji'), shop.fresh('bob')].map((sub) => ({ sub, name: `${sub} 👟` }));
    if (minji === undefined || bob === undefined) throw new Error('nobody');
    const room = await shop.group(minji, [bob]);
    const [here, there] = [await Person.join(minji, room), await Person.join(bob, room)];
    await here.types(room);
    await there.hears({ userId: minji.sub, name: minji.name });
    await there.types(room);
    await here.hears({ userId: bob.sub, name: bob.name });
    expect(there.heard).toHaveLength(1);
  });

  it('[E61] [E62] is neither heard nor said by who is no member, or is one no more', async () => {
    const [owner, member, stranger] = [shop.fresh('owner'), shop.fresh('member'), shop.fresh('stranger')];
    const [room, inquiry] = [await shop.group(owner, [member]), await shop.inquiry(owner)];
    const hears = await Person.join({ sub: owner }, room);
    const outsider = await shop.webPerson(stranger);
    for (const command of ['SUBSCRIBE', 'SEND']) {
      expectRefusal(await outsider.ask(command, { id: 't', destination: typingIn(room) }), 'CHAT_03');
      expectRefusal(await outsider.ask(command, { id: 't', destination: typingIn(inquiry) }), 'CHAT_01');
    }
    const client = await shop.webPerson(member);
    expect((await client.ask('SUBSCRIBE', { id: 't', destination: typingIn(room) })).command).toBe('RECEIPT');
    await shop.data('POST', `/api/chat/group/kick/${room}`, { as: owner, body: { userId: member } });
    const left = await client.next(
      'the end of the subscription',
      ({ headers }) => headers['destination'] === '/user/queue/errors',
    );
    expect(JSON.parse(left.body)).toMatchObject({ code: 'CHAT_03', subscription: 't', destination: typingIn(room) });
    expectRefusal(await client.ask('SEND', { destination: typingIn(room) }), 'CHAT_03');
    await shop.settle(client, member);
    expect(hears.heard).toEqual([]);
  });
});
