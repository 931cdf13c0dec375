/** What people do in the simulated shop, decided by the seed. */
import {
  asProductId,
  asSeq,
  asUserId,
  groupRoomId,
  inquiryRoomId,
  type DeploymentKey,
  type RoomId,
} from '@munova/contracts';
import { Caller } from './caller.js';
import type { Client, ClientHost } from './client.js';
import type { Faults } from './faults.js';
import type { Plan } from './plan.js';
import type { SimRandom } from './random.js';

/** Long enough that a few dozen of them fill a slow reader's queue. */
const LONG_TEXT = '신발 끈이 풀렸어요 '.repeat(300);

const TYPING_MAX_MS = 4_000; // ms between two times that one who does so says that he is typing
const AWAY_MAX_MS = 5_000; // ms that one is away whose connection broke; every other one comes back at once

/** Rooms that there are, or soon will be. */
export interface Shop {
  readonly key: DeploymentKey;
  readonly rooms: RoomId[];
}

export class Person {
  readonly client: Client;
  readonly caller: Caller;
  readonly #plan: Plan;
  readonly #shop: Shop;
  readonly #faults: Faults;
  readonly #random: SimRandom;
  #acting = true;
  #texts = 0;

  constructor(client: Client, host: ClientHost, plan: Plan, shop: Shop, faults: Faults, fickle: boolean) {
    this.client = client;
    this.caller = new Caller(client, host, fickle);
    this.#plan = plan;
    this.#shop = shop;
    this.#faults = faults;
    this.#random = client.process.random.stream('acts');
  }

  start(): void {
    this.client.start();
    this.#pause();
    if (this.client.types) this.#typeNowAndThen(this.client.process.random.stream('typing'));
  }

  rest(): void {
    this.#acting = false;
  }

  get settled(): boolean {
    return !this.caller.busy && this.client.unsettled === 0;
  }

  #pause(): void {
    const wait = this.#plan.paceMs * (0.2 + 1.6 * this.#random.next());
    this.client.process.timers.after(wait, () => {
      if (!this.#acting) return;
      this.#act();
      this.#pause();
    });
  }

  #act(): void {
    if (this.#faults.strikes('client-disconnect'))
      this.client.drop(this.#faults.between(0, 1) * this.#faults.between(0, AWAY_MAX_MS));
    if (this.#faults.strikes('client-slow')) this.client.stall(this.#faults.between(500, 25_000));
    if (this.#faults.strikes('client-repeat')) this.client.repeat(this.#random);
    const { rooms } = this.#shop;
    if (rooms.length < this.#plan.rooms) this.#create();
    if (rooms.length === 0) return;
    const room = this.#random.pick(rooms);
    if (!this.caller.busy && this.#random.chance(0.35)) this.#command(room);
    else this.#talk(room);
  }

  /** In any room, whether or not he may. */
  #typeNowAndThen(random: SimRandom): void {
    this.client.process.timers.after(random.between(200, TYPING_MAX_MS), () => {
      if (!this.#acting) return;
      if (this.#shop.rooms.length > 0) this.client.type(random.pick(this.#shop.rooms));
      this.#typeNowAndThen(random);
    });
  }

  #talk(room: RoomId): void {
    const count = this.#random.pick([1, 1, 2, 5]);
    const long = this.#random.chance(0.15);
    for (let i = 0; i < count; i += 1) {
      this.#texts += 1;
      this.client.say(room, `${this.client.user} ${String(this.#texts)}${long ? LONG_TEXT : ''}`);
    }
  }

  #create(): void {
    if (this.caller.busy) return;
    const { key, rooms } = this.#shop;
    const me = asUserId(this.client.user);
    const cmid = this.caller.nextId();
    const number = rooms.length;
    if (this.#random.chance(0.3) && this.client.role === 'buyer') {
      const productId = asProductId(`shoe-${String(number)}`);
      const room = inquiryRoomId(key, productId, me);
      rooms.push(room);
      const body = { productId, productName: '운동화', sellerId: asUserId('p0') };
      this.caller.call({ kind: 'create-inquiry', room, cmid, body }, (done) => this.#entered(room, done));
      return;
    }
    const room = groupRoomId(key, me, cmid);
    rooms.push(room);
    const body = { name: `모임 ${String(number)}`, maxParticipants: this.#plan.capacity, tags: [] };
    this.caller.call({ kind: 'create-group', room, cmid, body }, (done) => this.#entered(room, done));
  }

  #entered(room: RoomId, done: boolean): void {
    if (done) this.client.follow(room);
  }

  /** Of what was read: somebody who is away for a moment has not. */
  #newest(room: RoomId): number {
    for (const { room: followed, cursor } of this.client.following()) {
      if (followed === room) return Math.max(1, cursor - this.#random.between(0, 2));
    }
    return 1;
  }

  #command(room: RoomId): void {
    const { caller } = this;
    const cmid = caller.nextId();
    const done = (): void => undefined;
    const chance = this.#random.next();
    const other = asUserId(`p${String(this.#random.between(0, this.#plan.people - 1))}`);
    if (chance < 0.5) caller.call({ kind: 'join', room, cmid, body: {} }, (ok) => this.#entered(room, ok));
    else if (chance < 0.6) caller.call({ kind: 'leave', room, cmid, body: {} }, done);
    else if (chance < 0.65) caller.call({ kind: 'kick', room, cmid, body: { userId: other } }, done);
    else if (chance < 0.7) caller.call({ kind: 'unkick', room, cmid, body: { userId: other } }, done);
    else if (chance < 0.76) caller.call({ kind: 'close', room, cmid, body: {} }, done);
    else if (chance < 0.86) caller.call({ kind: 'open', room, cmid, body: {} }, done);
    else if (chance < 0.93) {
      const body = { name: null, maxParticipants: this.#random.between(1, 6) };
      caller.call({ kind: 'update', room, cmid, body }, done);
    } else {
      const body = { targetSeq: asSeq(this.#random.chance(0.5) ? this.#random.between(1, 20) : this.#newest(room)) };
      caller.call({ kind: 'redact', room, cmid, body }, done);
    }
  }
}
