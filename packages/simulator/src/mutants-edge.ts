/** The edge's own code, made wrong. */
import type { MutantSpec } from './patches.js';

const at = (file: string): string => `packages/edge/dist/${file}.js`;
const LANE = at('inbound/room-lane');
const DISPATCHER = at('inbound/inbox-dispatcher');
const HUB = at('outbound/room-hub');
const SUBSCRIPTION = at('outbound/subscription');

export const EDGE_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'pipelined-batches',
    what: 'a session has two unanswered batches to one room',
    breaks: ['I6'],
    patches: [
      {
        file: DISPATCHER,
        find: 'let lane = lanes.rooms.get(room);',
        replace: 'const slot = `${room} ${this.#lastRef % 2}`; let lane = lanes.rooms.get(slot);',
      },
      { file: DISPATCHER, find: 'lanes.rooms.set(room, (lane =', replace: 'lanes.rooms.set(slot, (lane =' },
      { file: DISPATCHER, find: 'rooms?.delete(room);', replace: '' },
    ],
  },
  {
    name: 'on-after-outcome-unknown',
    what: 'a session whose batch was given up goes on with what was queued behind it',
    breaks: ['I6'],
    focus: { durationMs: 60_000, paceMs: 200, faults: { 'inbox-lost': 0.85 } },
    patches: [
      {
        file: LANE,
        find: "this.#dropAll((p) => p.reject(new ChatError('outcome-unknown')));",
        replace: `{
            for (const p of batch.unanswered.splice(0)) {
                this.#settle(p, () => p.resolve({ outcome: { ...BUSY, retryAfterMs: 0 }, repeated: false }));
            }
            this.#finish();
        }`,
      },
    ],
  },
  {
    name: 'later-leaves-the-queue',
    what: 'a `later` is not answered to what is queued behind it',
    breaks: ['I6'],
    focus: { tight: true, paceMs: 200, faults: { 'append-refused': 0.3, 'client-disconnect': 0.15 } },
    patches: [
      {
        file: LANE,
        find: '...(this.#batch?.unanswered.splice(at) ?? []), ...this.#queue.splice(0)];',
        replace: '...(this.#batch?.unanswered.splice(at) ?? [])];',
      },
    ],
  },
  {
    name: 'repeat-with-new-ids',
    what: 'a batch is repeated under other client-message-ids',
    breaks: ['I4', 'I5', 'I12'],
    patches: [
      {
        file: LANE,
        find: "({ frame: 'command', ref, command })",
        replace: `({
            frame: 'command', ref,
            command: batch.attempts > 0 ? { ...command, cmid: \`\${command.cmid}.\${batch.attempts}\` } : command,
        })`,
      },
    ],
  },
  {
    name: 'batch-id-changes',
    what: 'a repeated batch has another id, so that both copies stand in the stream',
    breaks: [],
    patches: [
      {
        file: LANE,
        find: 'this.#host.append({ id: batch.id,',
        replace: 'this.#host.append({ id: batch.id + batch.attempts,',
      },
    ],
  },
  {
    name: 'suffix-not-read',
    what: 'a subscription begins at the head, wherever its client was',
    breaks: ['I5'],
    patches: [
      {
        file: at('outbound/subscription-desk'),
        find: 'subscription.start(cursor, head);',
        replace: 'subscription.start(head, head);',
      },
    ],
  },
  {
    name: 'cursor-unchecked',
    what: 'what comes live is delivered at once, whatever is missing before it',
    breaks: ['I5'],
    patches: [
      {
        file: HUB,
        find: 'this.#ring.get(subscription.cursor + 1);',
        replace: 'this.#ring.get(subscription.cursor + 1) ?? this.#ring.get(this.#head);',
      },
      { file: SUBSCRIPTION, find: 'entry.seq !== this.#cursor + 1', replace: 'entry.seq <= this.#cursor' },
    ],
  },
  {
    name: 'heads-not-compared',
    what: 'the edge compares its heads with nobody’s',
    breaks: ['I5', 'I11'],
    patches: [
      { file: at('outbound/watch-repair'), find: 'of await this.#deps.log.heads(rooms)', replace: 'of []' },
      { file: at('outbound/room-hubs'), find: 'of heartbeat.heads', replace: 'of []' },
    ],
  },
  {
    name: 'busy-forgotten',
    what: 'a batch that the inbox had no room for is not tried again',
    breaks: ['I11'],
    patches: [
      {
        file: LANE,
        find: "(result !== 'busy' && result !== 'lost')",
        replace: 'true',
      },
      {
        file: LANE,
        find: 'this.#arm(backoffMs(this.#host.runtime.random, REPLY_TIMEOUT_MS, REPLY_TIMEOUT_MAX_MS, batch.attempts));',
        replace: '',
      },
    ],
  },
  {
    name: 'departed-reads-on',
    what: 'who left or was kicked goes on reading',
    breaks: ['D6'],
    patches: [{ file: SUBSCRIPTION, find: 'if (this.#isOwnDeparture(entry)) {', replace: 'if (false) {' }],
  },
  {
    name: 'departed-hears-typing',
    what: 'who left or was kicked goes on hearing who is typing',
    breaks: ['E61'],
    focus: { typists: 6, people: 6, rooms: 1 },
    patches: [
      {
        file: SUBSCRIPTION,
        find: 'if (this.#isOwnDeparture(entry)) {',
        replace: "if (this.spec.kind !== 'typing' && this.#isOwnDeparture(entry)) {",
      },
    ],
  },
  {
    name: 'typing-unasked',
    what: 'everybody may say that he is typing, wherever he likes',
    breaks: ['E62'],
    focus: { typists: 6, people: 6 },
    patches: [{ file: at('inbound/typing-desk'), find: '!this.#deps.hubs.admits(room, actor)', replace: 'false' }],
  },
  {
    name: 'inboxes-not-compared',
    what: 'no inbox is compared with the directory once it is open',
    breaks: ['E76'],
    focus: { inboxes: 6, people: 6, faults: { 'heartbeat-drop': 0.9 } },
    patches: [
      {
        file: at('outbound/inbox/inboxes'),
        find: 'this.#compare([...this.#open.values()].map(({ inbox }) => inbox));',
        replace: '',
      },
    ],
  },
  {
    name: 'count-untold',
    what: 'a head that is learnt while the messages up to it are being counted is told to no inbox',
    breaks: ['E76'],
    focus: { inboxes: 6, people: 6, faults: { 'heartbeat-drop': 0.9, 'store-slow': 0.2 } },
    patches: [
      {
        file: at('outbound/inbox/room-counts'),
        find: 'const isNews = held.head.seq > held.told;',
        replace: 'const isNews = false; held.told = held.head.seq;',
      },
    ],
  },
  {
    name: 'ring-keeps-redacted',
    what: 'what an edge remembers of a room keeps the bodies of redacted messages',
    breaks: ['D7'],
    focus: { edges: 1, people: 4, paceMs: 200, faults: { 'client-disconnect': 0.15 } },
    patches: [{ file: HUB, find: 'this.#ring.blank(entry.data.targetSeq);', replace: '' }],
  },
  {
    name: 'old-departure-ends',
    what: 'a member who resumes from before an earlier departure of his is ended by it',
    breaks: ['V20', 'D6', 'E61'],
    patches: [{ file: SUBSCRIPTION, find: 'this.#admittedAt = head;', replace: 'this.#admittedAt = cursor;' }],
  },
];
