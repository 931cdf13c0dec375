/** Judges a run by what clients saw, by the store's logs, and by what still waited at its end. */
import { messageView, SLOW_CONSUMER_QUEUE_BYTES, type Entry, type RoomId, type Seq } from '@munova/contracts';
import { check, Gatherer, type Verdict } from '@munova/loadtest/checker';
import { checkDirectory, checkInboxReaders, checkReaders, checkTyping, WHOLE_LOG } from './judge-readers.js';
import type { Trace } from './trace.js';
import type { Trouble, World } from './world.js';

/** Invariants that a run is judged by. `bug`: background work failed, or the product met what it calls a bug. */
export const JUDGED = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'A2',
  'A25',
  'D6',
  'D7',
  'E61',
  'E62',
  'E76',
  'R18',
  'A81',
  'A83',
  'A84',
  'C1',
  'C2',
  'V20',
  'bug',
] as const;

/** Simulated ms after the last fault within which every outbox is settled and every subscription at the head (I11). */
export const LIVENESS_BOUND_MS = 120_000;

/** Bytes beyond the slow-consumer bound that one turn may put: frames that are answers heed no bound. */
const QUEUE_MARGIN_BYTES = 256 * 1_024;

const logsOf = async (world: World): Promise<ReadonlyMap<RoomId, readonly Entry[]>> => {
  const logs = new Map<RoomId, readonly Entry[]>();
  for (const room of new Set(world.shop.rooms)) {
    logs.set(room, await world.store.logs.readAfter(room, 0 as Seq, WHOLE_LOG));
  }
  return logs;
};

/** What has not come to rest; empty once I11 is met. */
const unrest = async (world: World): Promise<readonly Trouble[]> => {
  const found: Trouble[] = [];
  const say = (room: string, detail: string): void => void found.push({ id: 'I11', room, detail });
  const heads = await world.store.logs.heads(world.shop.rooms);
  for (const { client, caller } of world.people) {
    if (client.unsettled > 0) say('-', `${client.user} has ${String(client.unsettled)} messages without an outcome`);
    if (caller.busy) say('-', `${client.user} waits for a command's outcome`);
    for (const { room, cursor, live } of client.following()) {
      const head = heads.get(room)?.seq ?? 0;
      if (!live) say(room, `${client.user} is not subscribed`);
      else if (cursor < head) say(room, `${client.user} is at ${String(cursor)}, the head is ${String(head)}`);
    }
  }
  const waiting = world.bus.waiting().flat();
  if (waiting.length > 0) say('-', `${String(waiting.length)} batches wait in the inboxes`);
  return found;
};

/** I7 and the second half of I9, which the history does not tell. */
const checkLogs = (logs: ReadonlyMap<RoomId, readonly Entry[]>): Trouble[] => {
  const found: Trouble[] = [];
  const inquiries = new Map<string, RoomId>();
  for (const [room, log] of logs) {
    let epoch = 0;
    for (const entry of log) {
      if (entry.epoch < epoch) {
        const detail = `seq ${String(entry.seq)} is of epoch ${String(entry.epoch)}, behind ${String(epoch)}`;
        found.push({ id: 'I7', room, detail });
      }
      epoch = entry.epoch;
      if (entry.kind !== 'created' || entry.data.type !== 'ONE_ON_ONE') continue;
      const key = `${entry.data.productId} ${entry.data.buyerId}`;
      const other = inquiries.get(key);
      if (other !== undefined) found.push({ id: 'I9', room, detail: `is a second inquiry beside ${other}` });
      inquiries.set(key, room);
    }
  }
  return found;
};

/** I10 of the inboxes, at this moment. */
export const checkInboxes = (world: World): readonly Trouble[] => {
  const found: Trouble[] = [];
  for (const [shard, batches] of world.bus.waiting().entries()) {
    const bytes = batches.reduce((sum, batch) => sum + Buffer.byteLength(batch), 0);
    if (batches.length <= world.caps.maxEntries && bytes <= world.caps.maxBytes) continue;
    const detail = `shard ${String(shard)} holds ${String(batches.length)} batches, ${String(bytes)} bytes`;
    found.push({ id: 'I10', room: '-', detail });
  }
  return found;
};

/** I10 of what was queued for the clients, over the whole run. */
const checkLinks = (world: World): readonly Trouble[] =>
  world.links
    .filter(({ mostQueued }) => mostQueued > SLOW_CONSUMER_QUEUE_BYTES + QUEUE_MARGIN_BYTES)
    .map(({ remote, mostQueued }) => ({
      id: 'I10',
      room: '-',
      detail: `${String(mostQueued)} bytes were queued for ${remote}`,
    }));

export interface Judgement {
  readonly troubles: readonly Trouble[];
  readonly seen: Omit<Verdict, 'violations'>;
}

/**
 * Whether nothing more is to happen: nobody waits for anything (I11), and the directory (A25) and the inboxes (E76)
 * show what the logs hold.
 */
export const isAtRest = async (world: World): Promise<boolean> => {
  if ((await unrest(world)).length > 0) return false;
  const logs = await logsOf(world);
  return checkInboxReaders(world, logs).length === 0 && (await checkDirectory(world, logs)).length === 0;
};

export const judge = async (world: World, trace: Trace): Promise<Judgement> => {
  const restless = await unrest(world);
  for (const { client } of world.people) client.finish();
  const { troubles, seen, logs } = await judgeHistory(world, trace);
  const shown = [...checkInboxReaders(world, logs), ...(await checkDirectory(world, logs))];
  return { troubles: [...troubles, ...checkLinks(world), ...shown, ...world.troubles, ...restless], seen };
};

/** What is logged at this moment, and what clients saw up to it. */
const judgeHistory = async (
  world: World,
  trace: Trace,
): Promise<Judgement & { readonly logs: ReadonlyMap<RoomId, readonly Entry[]> }> => {
  const logs = await logsOf(world);
  for (const [room, log] of logs) {
    for (const entry of log) trace.gatherer.add({ e: 'history', entry: messageView(entry, entry.data) });
    trace.gatherer.add({ e: 'head', room, head: log.length });
  }
  const facts = trace.gatherer.facts();
  const { violations, ...seen } = check(facts);
  const read = [...checkReaders(facts, logs), ...checkTyping(world, logs)];
  return { troubles: [...violations, ...checkLogs(logs), ...read], seen, logs };
};

/** Before a restore: all that came of the history that it undoes is judged by the logs that it takes away. */
export const closeHistory = async (world: World, trace: Trace): Promise<Judgement['seen']> => {
  const { troubles, seen } = await judgeHistory(world, trace);
  world.troubles.push(...troubles);
  return seen;
};

/** After a restore: what stands in the logs was sent by somebody, and everything else is still to come. */
export const beginHistory = async (world: World, trace: Trace): Promise<void> => {
  trace.gatherer = new Gatherer();
  world.typings = [];
  for (const [room, log] of await logsOf(world)) {
    for (const { sender, cmid, content } of log) {
      trace.gatherer.add({ e: 'send', session: 'before', user: sender, room, cmid, content: content ?? '' });
    }
  }
};
