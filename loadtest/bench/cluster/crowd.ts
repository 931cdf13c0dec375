/** The users of the generator: each has a connection of its own and a subscription to his room. */
import { until } from '../../driver/wait.js';
import { inBatches } from '../shop.js';
import { quantile } from '../statistics.js';
import { StompUser } from '../stomp-user.js';
import type { CatchUpFigures, LoadFigures, Reader, Visitor } from './protocol.js';

const CONNECTS_AT_ONCE = 64;
/** How long what was sent may take to come, once nothing more is sent. */
const PATIENCE_MS = 60_000;
const CONTENT = '240 신는데 반 사이즈 크게 가야 할까요? 👟';
/** Stands before the moment, in tenths of a millisecond, in the content of every message. */
const MARK = '#'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Seat {
  readonly user: StompUser;
  readonly room: string;
}

/** What was seen since a phase began. */
class Tally {
  sent = 0;
  receipts: number[] = [];
  deliveries: number[] = [];
  late: number[] = [];
  /** When the latest receipt came. */
  latest = 0;

  forgetTimes(): void {
    this.receipts = [];
    this.deliveries = [];
    this.late = [];
  }
}

export class Crowd {
  #seats: Seat[] = [];
  readonly #membersOf = new Map<string, number>();
  #tally = new Tally();
  #receipts = 0;

  async connect(visitors: readonly Visitor[]): Promise<void> {
    const listened = new Set<string>();
    this.#seats = await inBatches(visitors, CONNECTS_AT_ONCE, async ({ token, room, target }) => {
      const user = await StompUser.connect(target, token);
      await user.subscribe(room);
      if (!listened.has(room)) user.onMessage = (bytes, _start, end) => this.#delivered(bytes, end);
      listened.add(room);
      return { user, room };
    });
    for (const { room } of visitors) this.#membersOf.set(room, (this.#membersOf.get(room) ?? 0) + 1);
  }

  async pace(perSecond: number, ms: number): Promise<LoadFigures> {
    const total = Math.round((perSecond * ms) / 1_000);
    return this.#phase(async (begun) => {
      for (let sent = 0; sent < total; await pause(1)) {
        const due = Math.min(total, ((performance.now() - begun) * perSecond) / 1_000);
        for (; sent < due; sent += 1) this.#send(sent, begun + (sent * 1_000) / perSecond);
      }
      // What came late counts as late: the rate is that of the receipts.
      return () => ({ count: total, ms: this.#tally.latest - begun });
    });
  }

  async saturate(warmUpMs: number, ms: number): Promise<LoadFigures> {
    return this.#phase(async () => {
      let running = true;
      const again = (seat: number): void =>
        this.#send(seat, performance.now(), () => {
          if (running) again(seat);
        });
      for (const seat of this.#seats.keys()) again(seat);
      await pause(warmUpMs);
      this.#tally.forgetTimes();
      const begun = performance.now();
      await pause(ms);
      running = false;
      const figures = { count: this.#tally.receipts.length, ms: performance.now() - begun };
      return () => figures;
    });
  }

  async fill(messages: number): Promise<void> {
    for (const room of this.#membersOf.keys()) {
      const seats = [...this.#seats.keys()].filter((i) => this.#seats[i]?.room === room);
      await this.#phase(async (begun) => {
        for (let i = 0; i < messages; i += 1) this.#send(seats[i % seats.length] ?? 0, begun);
        return () => ({ count: messages, ms: this.#tally.latest - begun });
      });
    }
  }

  leave(): void {
    for (const { user } of this.#seats) user.destroy();
    this.#seats = [];
    this.#membersOf.clear();
  }

  async catchUp(readers: readonly Reader[], atOnce: number): Promise<CatchUpFigures> {
    const times = await inBatches(readers, atOnce, async ({ token, room, target, after, entries }) => {
      const user = await StompUser.connect(target, token);
      const begun = performance.now();
      const last = new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${String(user.messages)} entries came`)), PATIENCE_MS);
        user.onMessage = () => {
          if (user.messages < entries) return;
          clearTimeout(late);
          resolve(performance.now() - begun);
        };
      });
      await user.subscribe(room, after);
      const took = await last;
      user.destroy();
      return took;
    });
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), samples: times.length };
  }

  #send(index: number, dueAt: number, done: () => void = () => undefined): void {
    const seat = this.#seats[index % this.#seats.length];
    if (seat === undefined) return;
    const tally = this.#tally;
    tally.sent += 1;
    tally.late.push(performance.now() - dueAt);
    // The clock starts when the message was due, so that a generator that lags does not hide a wait.
    seat.user.send(seat.room, `${CONTENT} ${String.fromCharCode(MARK)}${String(Math.round(dueAt * 10))}`, () => {
      this.#receipts += 1;
      tally.latest = performance.now();
      tally.receipts.push(tally.latest - dueAt);
      done();
    });
  }

  #delivered(bytes: Buffer, end: number): void {
    const mark = bytes.lastIndexOf(MARK, end - 1);
    let tenths = 0;
    for (let at = mark + 1; at < end; at += 1) {
      const digit = bytes[at] ?? 0;
      if (digit < ZERO || digit > NINE) break;
      tenths = tenths * 10 + digit - ZERO;
    }
    this.#tally.deliveries.push(performance.now() - tenths / 10);
  }

  /** All that `run` sent is waited for; then what it gave says how many messages count, and in how long. */
  async #phase(run: (begun: number) => Promise<() => { count: number; ms: number }>): Promise<LoadFigures> {
    const tally = (this.#tally = new Tally());
    this.#receipts = 0;
    const before = this.#messages();
    const perMessage = this.#seats.length / Math.max(this.#membersOf.size, 1);
    const outcome = await run(performance.now());
    const expected = (): number => Math.round(tally.sent * perMessage);
    const isOver = (): boolean => this.#receipts >= tally.sent && this.#messages() - before >= expected();
    await until('everything that was sent', PATIENCE_MS, isOver).catch(() => undefined);
    const { count, ms } = outcome();
    return {
      sent: tally.sent,
      perSecond: (count * 1_000) / ms,
      receiptMean: tally.receipts.reduce((sum, ms) => sum + ms, 0) / tally.receipts.length,
      receiptP50: quantile(tally.receipts, 0.5),
      receiptP99: quantile(tally.receipts, 0.99),
      deliveryP50: quantile(tally.deliveries, 0.5),
      deliveryP99: quantile(tally.deliveries, 0.99),
      receipted: this.#receipts / tally.sent,
      received: (this.#messages() - before) / expected(),
      lateP99: quantile(tally.late, 0.99),
    };
  }

  #messages(): number {
    return this.#seats.reduce((sum, { user }) => sum + user.messages, 0);
  }
}
