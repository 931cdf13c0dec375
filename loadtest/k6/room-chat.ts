/**
 * Groups made by REST, whose people then talk over STOMP: each message is sent, stored, and received by all of them.
 * One room a virtual user, so that it can match every message by its id at every subscriber.
 *
 * 1. A message is sent when it is due, whatever has become of those before it.
 * 2. What counts as stored has been read back from the history after the talk.
 */
import execution from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import type { ChatPlan } from '../load/protocol.ts';
import { handleSummary, LEAD_MS, readPlan, tell, tellProgress, tokens, turn } from './plan.ts';
import type { Frame } from './stomp.ts';
import { StompSocket } from './stomp-socket.ts';
import { Tally } from './tally.ts';

const plan = readPlan<ChatPlan>();
/** For REST before and after, and for closing (milliseconds). */
const BESIDE_MS = 60_000;
const POLL_MS = 100;
const PAGE = 200;

const receiptTime = new Trend('munova_receipt_time', true);
const deliveryTime = new Trend('munova_delivery_time', true);

export { handleSummary };
export const options = {
  scenarios: {
    chat: {
      executor: 'per-vu-iterations',
      vus: plan.vus,
      iterations: 1,
      maxDuration: `${String(LEAD_MS + plan.talkMs + 2 * plan.patienceMs + BESIDE_MS)}ms`,
      gracefulStop: '1s',
    },
  },
  systemTags: ['status', 'method'],
  summaryTrendStats: ['min', 'med', 'avg', 'p(95)', 'p(99)', 'max'],
};

export const setup = (): { readonly beginsAt: number } => ({ beginsAt: Date.now() });

interface HistoryEntry {
  readonly clientMessageId: string | null;
  readonly seq: number;
}

/** @returns `data` of the answer. @throws where it is not a success */
const call = <T>(n: number, method: string, path: string, token: string, body?: object): T => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const text = body === undefined ? null : JSON.stringify(body);
  const answer = http.request(method, `${turn(plan.http, n)}${path}`, text, { headers });
  if (answer.status >= 400 || answer.status === 0)
    throw new Error(`${method}: ${String(answer.status)} ${answer.error}`);
  return (answer.json() as unknown as { data: T }).data;
};

class Room {
  readonly #vu: number;
  readonly #tally: Tally;
  readonly #endProgress: () => void;
  readonly #tokens: readonly string[];
  readonly #sockets: StompSocket[] = [];
  #doors: NodeJS.Timeout | undefined;
  #roomId = '';
  #ready = 0;
  #over = false;

  constructor(vu: number, beginsAt: number) {
    this.#vu = vu;
    this.#tokens = Array.from({ length: plan.people }, (_, p) => tokens[(vu - 1) * plan.people + p] ?? '');
    this.#tally = new Tally(plan.people, beginsAt);
    this.#endProgress = tellProgress(vu, this.#tally.counts);
  }

  begin(): void {
    try {
      this.#open();
    } catch (error) {
      this.#tally.failed(String(error));
      return this.#end();
    }
    this.#tokens.forEach((_, person) => this.#enter(person));
    this.#doors = setTimeout(() => this.#giveUp('not everybody got in'), plan.patienceMs);
  }

  #open(): void {
    const [owner = '', ...others] = this.#tokens;
    const body = {
      chatName: `load ${plan.run} ${String(this.#vu)}`,
      maxParticipants: plan.people,
      productCategoryId: [],
    };
    this.#roomId = call<{ roomId: string }>(this.#vu, 'POST', '/api/chat/group', owner, body).roomId;
    for (const token of others) call(this.#vu, 'POST', `/api/chat/group/${this.#roomId}`, token);
  }

  #enter(person: number): void {
    const socket = new StompSocket(turn(plan.ws, this.#vu + person), this.#tokens[person] ?? '', {
      connected: () => {
        socket.send('SUBSCRIBE', { id: 's', destination: `/rooms/${this.#roomId}`, receipt: 'subscribed' });
      },
      frame: (frame) => this.#hear(person, frame),
      ended: (why) => this.#giveUp(why),
    });
    this.#sockets[person] = socket;
  }

  #hear(person: number, { command, headers, body }: Frame): void {
    const now = Date.now();
    const id = headers['receipt-id'];
    if (command === 'MESSAGE') {
      const { clientMessageId } = JSON.parse(body) as HistoryEntry;
      const late = this.#tally.received(person, clientMessageId ?? '', Number(headers['seq']), now);
      if (late !== null) deliveryTime.add(late);
    } else if (id === 'subscribed') {
      this.#tally.subscribed(person, Number(headers['head']));
      this.#ready += 1;
      if (this.#ready === plan.people) this.#talk();
    } else if (id !== undefined) {
      const late = this.#tally.receipted(id, Number(headers['seq']), now);
      if (late !== null) receiptTime.add(late);
    }
  }

  #talk(): void {
    clearTimeout(this.#doors);
    const begun = Date.now();
    this.#sockets.forEach((socket, person) => {
      const first = begun + (person * plan.everyMs) / plan.people;
      const times = Math.floor(plan.talkMs / plan.everyMs);
      for (let k = 0; k < times; k += 1) {
        setTimeout(
          () => this.#say(socket, `${String(person)}-${String(k)}`),
          Math.max(0, first + k * plan.everyMs - Date.now()),
        );
      }
    });
    setTimeout(() => this.#listen(Date.now() + plan.patienceMs), begun + plan.talkMs + plan.everyMs - Date.now());
  }

  #say(socket: StompSocket, id: string): void {
    if (this.#over) return;
    this.#tally.sent(id, Date.now());
    const headers = { destination: `/rooms/${this.#roomId}/messages`, 'client-message-id': id, receipt: id };
    socket.send(
      'SEND',
      { ...headers, 'content-type': 'application/json' },
      '{"type":"TEXT","content":"이 신발 235 있나요?"}',
    );
  }

  #listen(until: number): void {
    if (this.#over) return;
    if (this.#tally.complete || Date.now() > until) return this.#readBack();
    setTimeout(() => this.#listen(until), POLL_MS);
  }

  #readBack(): void {
    try {
      const entries: HistoryEntry[] = [];
      for (let page = this.#page(0); page.length > 0; page = this.#page(entries.at(-1)?.seq ?? 0))
        entries.push(...page);
      this.#tally.history(entries);
    } catch (error) {
      this.#tally.failed(String(error));
    }
    this.#end();
  }

  #page(after: number): HistoryEntry[] {
    const path = `/api/chat/messages/${this.#roomId}?after=${String(after)}&limit=${String(PAGE)}`;
    return call<{ items: HistoryEntry[] }>(this.#vu, 'GET', path, this.#tokens[0] ?? '').items;
  }

  #giveUp(why: string): void {
    if (this.#over) return;
    this.#tally.failed(why);
    this.#readBack();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#doors);
    this.#endProgress();
    tell(this.#tally.line());
    for (const socket of this.#sockets) socket.close();
  }
}

export default ({ beginsAt }: ReturnType<typeof setup>): void => {
  new Room(execution.vu.idInTest, beginsAt).begin();
};
