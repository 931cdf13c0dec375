/**
 * Fan-out: one room with 1,000 subscribers, 20 of whom send with five messages in flight each. Beside it
 * Socket.IO with the same subscribers, senders, content and driver; it stores nothing and orders nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RawWs, type RawWsTarget } from './raw-ws.js';
import { inBatches, openBenchShop } from './shop.js';
import { StompUser } from './stomp-user.js';

const SUBSCRIBERS = 1_000;
const SENDERS = 20;
const IN_FLIGHT = 5;
const WARM_UP_MS = 2_000;
const MEASURE_MS = 6_000;
const CONTENT = '이번 주 토요일 7시, 반포에서 10km 뛰실 분? 🏃';

export interface FanOutResult {
  readonly deliveriesPerSecond: number;
  readonly socketIoDeliveriesPerSecond: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const measure = async (count: () => number): Promise<number> => {
  await pause(WARM_UP_MS);
  const before = count();
  const begun = performance.now();
  await pause(MEASURE_MS);
  return ((count() - before) * 1_000) / (performance.now() - begun);
};

export const benchFanOut = async (): Promise<FanOutResult> => ({
  deliveriesPerSecond: await ours(),
  socketIoDeliveriesPerSecond: await socketIo(),
});

const ours = async (): Promise<number> => {
  const shop = await openBenchShop();
  const names = Array.from({ length: SUBSCRIBERS }, (_, i) => `u${String(i)}`);
  const room = await shop.group('everybody', names);
  const users = await inBatches(names, 64, async (name) => {
    const user = await StompUser.connect(shop.target, shop.token(name));
    await user.subscribe(room);
    return user;
  });
  let running = true;
  const again = (user: StompUser): void => {
    user.send(room, CONTENT, () => {
      if (running) again(user);
    });
  };
  for (const user of users.slice(0, SENDERS)) for (let i = 0; i < IN_FLIGHT; i += 1) again(user);
  const rate = await measure(() => users.reduce((sum, { messages }) => sum + messages, 0));
  running = false;
  for (const user of users) user.destroy();
  await shop.close();
  return rate;
};

const startSocketIo = async (): Promise<{ child: ChildProcess; target: RawWsTarget }> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('socketio-server.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, target: { host: '127.0.0.1', port: Number(line), path: '/socket.io/?EIO=4&transport=websocket' } };
};

const socketIo = async (): Promise<number> => {
  const { child, target } = await startSocketIo();
  let deliveries = 0;
  let running = true;
  const event = `["say",${JSON.stringify({ roomId: 'everybody', senderId: 'u0', senderName: 'u0', type: 'TEXT', content: CONTENT })}]`;
  const again = (ws: RawWs): void => {
    // A message of Socket.IO with an acknowledgement id: 42 + id + event.
    if (running) ws.send(`421${event}`);
  };
  const sockets = await inBatches(Array.from({ length: SUBSCRIBERS }), 64, async () => {
    const ws = await RawWs.open(target);
    await new Promise<void>((resolve) => {
      ws.onFrame = (bytes, start) => {
        const kind = bytes.toString('latin1', start, start + 2);
        if (kind === '42') deliveries += 1;
        else if (kind === '43') again(ws);
        else if (kind === '40') resolve();
        else if (kind.startsWith('2')) ws.send('3');
        else if (kind.startsWith('0')) ws.send('40');
      };
    });
    return ws;
  });
  for (const ws of sockets.slice(0, SENDERS)) for (let i = 0; i < IN_FLIGHT; i += 1) again(ws);
  const rate = await measure(() => deliveries);
  running = false;
  for (const ws of sockets) ws.destroy();
  child.kill('SIGTERM');
  await once(child, 'exit');
  return rate;
};
