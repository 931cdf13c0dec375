/** What the history alone does not tell of those who read: who may no longer, what they may no longer see, how soon. */
import { HEARTBEAT_MS, type Entry, type RoomId, type Seq } from '@munova/contracts';
import type { Gatherer, HistoryLine } from '@munova/loadtest/checker';
import type { Trouble, World } from './world.js';

export const WHOLE_LOG = 100_000; // entries

type Facts = ReturnType<Gatherer['facts']>;
type RoomFacts = Facts['rooms'] extends Map<string, infer R> ? R : never;
type Subscription = RoomFacts['subscriptions'][number];

const userOf = ({ opened }: Subscription): string => opened.session.split('#')[0] ?? '';

/** D6: nothing follows one's own departure. */
const afterDeparture = (subscription: Subscription, log: readonly Entry[]): string | null => {
  const { opened, delivered } = subscription;
  const user: string = userOf(subscription);
  const departure = log.find(
    (e) => (e.kind === 'left' || e.kind === 'kicked') && e.data.userId === user && e.seq > opened.head,
  );
  const late = departure && delivered.find(({ seq }) => seq > departure.seq);
  if (departure === undefined || late === undefined) return null;
  return `${opened.session} got seq ${String(late.seq)} after it had ${departure.kind} at ${String(departure.seq)}`;
};

/** D7: what was redacted when a subscription was admitted comes without its body. */
const redactedBody = ({ opened, delivered }: Subscription, redactions: ReadonlyMap<number, number>): string | null => {
  const seen = delivered.find(
    ({ seq, content }) => content !== null && (redactions.get(seq) ?? Infinity) <= opened.head,
  );
  if (seen === undefined) return null;
  const { session, head } = opened;
  return `${session}, subscribed at head ${String(head)}, got the body of seq ${String(seen.seq)}, redacted before`;
};

export const checkReaders = ({ rooms }: Facts, logs: ReadonlyMap<RoomId, readonly Entry[]>): Trouble[] => {
  const found: Trouble[] = [];
  for (const [room, log] of logs) {
    const redactions = new Map<number, number>();
    for (const entry of log) if (entry.kind === 'redacted') redactions.set(entry.data.targetSeq, entry.seq);
    for (const subscription of rooms.get(room)?.subscriptions ?? []) {
      const departed = afterDeparture(subscription, log);
      if (departed !== null) found.push({ id: 'D6', room, detail: departed });
      const body = redactedBody(subscription, redactions);
      if (body !== null) found.push({ id: 'D7', room, detail: body });
    }
  }
  return found;
};

/** E61 and E62: who hears of typing, and of whose, is or was a member. */
export const checkTyping = ({ typings }: World, logs: ReadonlyMap<RoomId, readonly Entry[]>): Trouble[] => {
  const members = new Set<string>();
  for (const [room, log] of logs) {
    for (const entry of log) if (entry.kind === 'joined') members.add(`${room} ${entry.data.userId}`);
  }
  return typings.flatMap(({ room, by, to }) => {
    const detail = `${to} was told that ${by} is typing`;
    const outsiders = [
      ...(members.has(`${room} ${to}`) ? [] : ['E61']),
      ...(members.has(`${room} ${by}`) ? [] : ['E62']),
    ];
    return outsiders.map((id) => ({ id, room, detail }));
  });
};

/** A2: whoever is told that a state entry took effect finds it in the directory. */
export class AnswerCheck {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async hear(line: HistoryLine): Promise<void> {
    if (line.e !== 'receipt') return;
    const { logs, directory } = this.#world.store;
    const room = line.room as RoomId;
    const [[entry], record] = await Promise.all([logs.readAfter(room, (line.seq - 1) as Seq, 1), directory.get(room)]);
    const shown = record?.stateSeq ?? 0;
    if (entry === undefined || entry.kind === 'message' || shown >= line.seq) return;
    const detail = `${line.cmid}, ${entry.kind} at ${String(line.seq)}, was answered when the directory was at ${String(shown)}`;
    this.#world.wrong('A2', room, detail);
  }
}

/** R18: a message that was in the log before somebody asked for its redaction is found. */
export class RedactionCheck {
  readonly #world: World;
  /** By user and command: whether its target was there when it was first sent. */
  readonly #wasThere = new Map<string, Promise<boolean>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** History was undone: what was there may not be. */
  forget(): void {
    this.#wasThere.clear();
  }

  async hear(line: HistoryLine): Promise<void> {
    if (line.e === 'send') this.#sent(line.user, line.cmid, line.room as RoomId, line.content);
    if (line.e !== 'refused' || line.code !== 'not-found') return;
    if (await this.#wasThere.get(`${line.user} ${line.cmid}`))
      this.#world.wrong('R18', line.room, `${line.user} ${line.cmid}: the message to be redacted was not found`);
  }

  #sent(user: string, cmid: string, room: RoomId, content: string): void {
    const [, target] = /^redact \{"targetSeq":(\d+)\}$/.exec(content) ?? [];
    const key = `${user} ${cmid}`;
    if (target === undefined || this.#wasThere.has(key)) return;
    this.#wasThere.set(key, this.#isMessage(room, Number(target)));
  }

  async #isMessage(room: RoomId, seq: number): Promise<boolean> {
    // The whole log: what is judged here is how the product reads one entry.
    const log = await this.#world.store.logs.readAfter(room, 0 as Seq, WHOLE_LOG);
    return log[seq - 1]?.kind === 'message';
  }
}

/** Simulated ms within which whoever is subscribed has an entry, where nothing strikes: less than a heartbeat's repair takes. */
const PROMPT_MS = 0.8 * HEARTBEAT_MS;

/** Where somebody is, and since when. */
interface Waiting {
  readonly cursor: number;
  readonly since: number;
}

/** V20: in a run without faults nobody waits for a repair. */
export class PromptCheck {
  readonly #world: World;
  /** Who lacks something of a room. */
  #behind = new Map<string, Waiting>();

  constructor(world: World) {
    this.#world = world;
  }

  async look(): Promise<void> {
    const { plan, people, shop, store } = this.#world;
    if (Object.keys(plan.faults).length > 0) return;
    const heads = await store.logs.heads(shop.rooms);
    // Whoever is not behind any more, or does not follow any more, begins anew.
    const before = this.#behind;
    this.#behind = new Map();
    for (const { client } of people) {
      for (const { room, cursor, live } of client.following()) {
        const key = `${client.user} ${room}`;
        if (live && cursor < (heads.get(room)?.seq ?? 0)) this.#wait(client.user, room, cursor, before.get(key));
      }
    }
  }

  #wait(user: string, room: RoomId, cursor: number, before: Waiting | undefined): void {
    const { now } = this.#world.schedule;
    const key = `${user} ${room}`;
    const since = before?.cursor === cursor ? before.since : now;
    const late = now - since >= PROMPT_MS;
    this.#behind.set(key, { cursor, since: late ? Infinity : since });
    if (late) this.#world.wrong('V20', room, `${user} stays at ${String(cursor)} though nothing struck`);
  }
}

/** A25: at rest the directory shows every state entry, whoever wrote it. */
export const checkDirectory = async (world: World, logs: ReadonlyMap<RoomId, readonly Entry[]>): Promise<Trouble[]> => {
  const found: Trouble[] = [];
  for (const [room, log] of logs) {
    const last = log.findLast(({ kind }) => kind !== 'message' && kind !== 'abandoned');
    if (last === undefined) continue;
    const shown = (await world.store.directory.get(room))?.stateSeq ?? 0;
    if (shown >= last.seq) continue;
    const detail = `the directory is at ${String(shown)}, ${last.kind} stands at ${String(last.seq)}`;
    found.push({ id: 'A25', room, detail });
  }
  return found;
};

const isMember = (log: readonly Entry[], user: string): boolean => {
  const passage = log.findLast(
    (e) => (e.kind === 'joined' || e.kind === 'left' || e.kind === 'kicked') && e.data.userId === user,
  );
  return passage?.kind === 'joined';
};

/** Up to where somebody may have read in this world, in messages: nobody reads on but by sending, as far as an edge saw it. */
const readUpTo = (log: readonly Entry[], user: string): readonly number[] => [
  0,
  ...log.filter(({ kind, sender }) => kind === 'message' && sender === user).map(({ n }) => n),
];

/** E76: at rest every inbox shows the rooms of its user, and of each where its log ends and what is unread in it. */
export const checkInboxReaders = ({ people }: World, logs: ReadonlyMap<RoomId, readonly Entry[]>): Trouble[] => {
  const found: Trouble[] = [];
  for (const { client } of people) {
    if (client.inbox === null) continue;
    for (const [room, log] of logs) {
      const end = log.at(-1);
      if (end === undefined || !isMember(log, client.user)) continue;
      const line = client.inbox.rooms?.get(room);
      const read = line === undefined ? -1 : end.n - line.unreadCount;
      if (line?.head === end.seq && readUpTo(log, client.user).includes(read)) continue;
      const shown = line === undefined ? 'nothing' : `${String(line.unreadCount)} unread up to ${String(line.head)}`;
      const detail = `${client.user} is shown ${shown}; the log has ${String(end.n)} up to ${String(end.seq)}`;
      found.push({ id: 'E76', room, detail });
    }
  }
  return found;
};
