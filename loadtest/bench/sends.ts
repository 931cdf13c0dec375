/**
 * Durable sends: 1,000 users in 200 rooms, everybody subscribed to his room, so each message is committed,
 * receipted once and delivered five times. Saturated: each user sends again as soon as his receipt came.
 * Paced: messages start at a fixed rate, whatever the receipts do.
 */
import { StompUser } from './stomp-user.js';
import { inBatches, openBenchShop } from './shop.js';
import { quantile } from './statistics.js';

const USERS = 1_000;
const ROOMS = 200;
const WARM_UP_MS = 2_000;
const MEASURE_MS = 8_000;
const PACED_PER_SECOND = 2_000;
const CONTENT = '240 신는데 반 사이즈 크게 가야 할까요? 👟';

export interface SendsResult {
  readonly saturatedPerSecond: number;
  readonly saturatedP50: number;
  readonly saturatedP99: number;
  readonly pacedPerSecond: number;
  readonly pacedP50: number;
  readonly pacedP99: number;
  readonly deliveriesPerSecond: number;
}

interface Seat {
  readonly user: StompUser;
  readonly room: string;
}

export const benchSends = async (): Promise<SendsResult> => {
  const shop = await openBenchShop();
  const names = Array.from({ length: USERS }, (_, i) => `u${String(i)}`);
  const rooms = await inBatches(Array.from({ length: ROOMS }), 4, (_, r) =>
    shop.group(
      `room ${String(r)}`,
      names.filter((_name, i) => i % ROOMS === r),
    ),
  );
  const seats = await inBatches(names, 64, async (name, i): Promise<Seat> => {
    const user = await StompUser.connect(shop.target, shop.token(name));
    const room = rooms[i % ROOMS] ?? '';
    await user.subscribe(room);
    return { user, room };
  });
  const saturated = await saturate(seats);
  const paced = await pace(seats);
  for (const { user } of seats) user.destroy();
  await shop.close();
  return { ...saturated, ...paced };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const saturate = async (
  seats: readonly Seat[],
): Promise<Pick<SendsResult, 'saturatedPerSecond' | 'saturatedP50' | 'saturatedP99' | 'deliveriesPerSecond'>> => {
  let running = true;
  let latencies: number[] = [];
  let inFlight = 0;
  const again = ({ user, room }: Seat): void => {
    const begun = performance.now();
    inFlight += 1;
    user.send(room, CONTENT, () => {
      inFlight -= 1;
      latencies.push(performance.now() - begun);
      if (running) again({ user, room });
    });
  };
  for (const seat of seats) again(seat);
  await pause(WARM_UP_MS);
  latencies = [];
  const before = seats.reduce((sum, { user }) => sum + user.messages, 0);
  const begun = performance.now();
  await pause(MEASURE_MS);
  const seconds = (performance.now() - begun) / 1_000;
  const measured = latencies;
  const deliveries = seats.reduce((sum, { user }) => sum + user.messages, 0) - before;
  running = false;
  while (inFlight > 0) await pause(10);
  return {
    saturatedPerSecond: measured.length / seconds,
    saturatedP50: quantile(measured, 0.5),
    saturatedP99: quantile(measured, 0.99),
    deliveriesPerSecond: deliveries / seconds,
  };
};

const pace = async (seats: readonly Seat[]): Promise<Pick<SendsResult, 'pacedPerSecond' | 'pacedP50' | 'pacedP99'>> => {
  const latencies: number[] = [];
  const begun = performance.now();
  const total = (PACED_PER_SECOND * MEASURE_MS) / 1_000;
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - begun) * PACED_PER_SECOND) / 1_000);
    for (; sent < due; sent += 1) {
      const seat = seats[(sent * 7) % seats.length];
      // The clock starts when the message was due, so that a driver that lags does not hide a wait.
      const dueAt = begun + (sent * 1_000) / PACED_PER_SECOND;
      seat?.user.send(seat.room, CONTENT, () => latencies.push(performance.now() - dueAt));
    }
    await pause(1);
  }
  while (latencies.length < total) await pause(10);
  const seconds = (performance.now() - begun) / 1_000;
  return { pacedPerSecond: total / seconds, pacedP50: quantile(latencies, 0.5), pacedP99: quantile(latencies, 0.99) };
};
