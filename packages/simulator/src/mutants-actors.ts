/** The actors' own code, made wrong. */
import { RIVALS } from './mutants-cluster.js';
import type { MutantSpec } from './patches.js';

const at = (file: string): string => `packages/room-actors/dist/${file}.js`;
const PATH = at('message-path');
const FAILURES = at('runtime/failures');

export const ACTOR_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'frames-reversed',
    what: 'the frames of a batch are taken in the opposite order',
    breaks: ['I6'],
    patches: [{ file: PATH, find: 'of batch.frames) {', replace: 'of [...batch.frames].reverse()) {' }],
  },
  {
    name: 'conflict-as-success',
    what: 'a duplicate key is taken for a written commit',
    breaks: ['I4', 'I12'],
    patches: [
      {
        file: PATH,
        find: 'this.#parts.failures.appendFailed(sorted, intents, error);',
        replace: `if (error.reason === 'conflict') { this.#evolve(sorted, intents); return; }
            this.#parts.failures.appendFailed(sorted, intents, error);`,
      },
    ],
  },
  {
    name: 'no-look-up-after-error',
    what: 'what a failed commit held is planned again without being looked up',
    breaks: ['I11'],
    patches: [
      { file: FAILURES, find: 'pending.lookUp = true;', replace: '' },
      { file: FAILURES, find: 'room.suspect = true;', replace: '' },
    ],
  },
  {
    name: 'no-barrier',
    what: 'after an unknown outcome the log is read without a barrier: the unique keys bear it while reads see all',
    breaks: [],
    patches: [{ file: at('runtime/actor-node'), find: 'store.log.barrier()', replace: 'Promise.resolve()' }],
  },
  {
    name: 'refusal-unregistered',
    what: 'a refusal or no-op is answered and not remembered',
    breaks: ['I12'],
    patches: [{ file: at('core/decide'), find: 'documents: [document]', replace: 'documents: []' }],
  },
  {
    name: 'receipt-before-durable',
    what: 'a commit is receipted without waiting for its append',
    breaks: ['I4'],
    patches: [
      {
        file: PATH,
        find: 'await this.#env.store.log.append({ documents, intents });',
        replace: 'this.#env.store.log.append({ documents, intents }).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'passivation-drops-watches',
    what: 'a room that leaves memory takes its watches with it',
    breaks: ['V20'],
    patches: [
      {
        file: at('runtime/rooms'),
        find: "room.phase = 'gone';",
        replace: `room.phase = 'gone';
        for (const edge of [...room.shard.watches.edgesOf(room.id)]) room.shard.watches.unwatch(room.id, edge);`,
      },
    ],
  },
  {
    name: 'receipt-before-projection',
    what: 'a state entry is receipted before the directory shows it',
    breaks: ['A2'],
    patches: [
      { file: PATH, find: 'toProject.push(plan);', replace: 'toProject.push(plan); this.#conclude(plan);' },
      {
        file: PATH,
        find: 'for (const plan of open())\n            this.#conclude(plan);',
        replace: '',
      },
    ],
  },
  {
    name: 'activation-without-tail',
    what: 'a room is activated from its projection alone: its first append meets a conflict and follows the log',
    breaks: [],
    patches: [
      {
        file: at('runtime/tail'),
        find: 'room.projectedSeq = state.head;',
        replace: 'room.projectedSeq = state.head; if (record) { room.state = state; return; }',
      },
    ],
  },
  {
    name: 'repeat-not-looked-up',
    what: 'a batch that comes again is planned as if it were new',
    breaks: [],
    patches: [
      {
        file: PATH,
        find: 'this.#deliver(shard, entry, batch, repeat || batch.attempt > 1);',
        replace: 'this.#deliver(shard, entry, batch, false);',
      },
    ],
  },
  {
    name: 'owner-unchecked',
    what: 'an owner that finds a greater epoch in the log goes on',
    breaks: ['I7'],
    focus: RIVALS,
    patches: [{ file: at('runtime/tail'), find: 'epoch > shard.epoch', replace: 'epoch < 0' }],
  },
  {
    name: 'tail-not-followed',
    what: 'after a conflict the log is not read again',
    breaks: ['I11', 'A2'],
    patches: [
      { file: FAILURES, find: 'room.stale = true;', replace: '' },
      { file: at('runtime/preparation'), find: 'room.stale ||= isAhead(pending.known, room.state);', replace: '' },
    ],
  },
  {
    name: 'later-lets-the-rest-pass',
    what: 'what stands behind a command answered `later` is not turned away with it',
    breaks: ['I6'],
    focus: { tight: true, paceMs: 200, faults: { 'append-refused': 0.3, 'client-disconnect': 0.15 } },
    patches: [{ file: FAILURES, find: '...room.mailbox.extractOf(tickets)', replace: '' }],
  },
  {
    name: 'publish-given-up',
    what: 'a stream commit that fails is not tried again: the entries are read and answered again',
    breaks: [],
    patches: [
      {
        file: at('runtime/publisher'),
        find: '() => stream.commit(commit)',
        replace: "() => stream.commit(commit).catch(() => 'committed')",
      },
    ],
  },
  {
    name: 'intents-not-replayed',
    what: 'a new owner does not finish what its predecessor had not projected: the next command to the room does, or a sweep',
    breaks: [],
    patches: [
      {
        file: at('runtime/intents'),
        find: 'rooms.filter(isOwn)',
        replace: '[]',
      },
    ],
  },
  {
    name: 'intents-forgotten',
    what: 'nobody finishes what an owner that ended had not projected, unless a command comes to the room',
    breaks: ['A25'],
    focus: {
      durationMs: 3_000,
      paceMs: 200,
      people: 6,
      fickle: 6,
      faults: { 'actor-dies-appending': 0.3, 'edge-crash': 0.4, 'redis-restarts-empty': 0.2 },
    },
    patches: [
      {
        file: at('runtime/intents'),
        find: 'rooms.filter(isOwn)',
        replace: '[]',
      },
      {
        file: at('runtime/intent-sweep'),
        find: 'open.filter(({ id }) => this.#before.has(id))',
        replace: '[]',
      },
    ],
  },
  {
    name: 'capacity-by-one',
    what: 'a full group takes one more',
    breaks: ['I9'],
    patches: [
      {
        file: at('core/rules/membership'),
        find: 'facts.memberCount >= facts.maxParticipants',
        replace: 'facts.memberCount > facts.maxParticipants',
      },
    ],
  },
  {
    name: 'publish-before-durable',
    what: 'entries are published when they are planned',
    breaks: ['I2', 'I5'],
    patches: [
      {
        file: PATH,
        find: 'const { clock } = this.#env.runtime;',
        replace: `const { clock } = this.#env.runtime;
        for (const plan of sorted) plan.room.shard.publish(plan.room.id, plan.entries);`,
      },
    ],
  },
  {
    name: 'time-goes-back',
    what: 'an entry carries the time of its owner, whatever stands before it',
    breaks: ['C2'],
    patches: [{ file: at('core/decide'), find: 'ts: Math.max(ctx.now, state.lastTs),', replace: 'ts: ctx.now,' }],
  },
  {
    name: 'cooled-not-projected',
    what: 'what a room got while its record rested is not projected then: views read the log where it is ahead',
    breaks: [],
    patches: [
      {
        file: at('runtime/projector'),
        find: 'room.cooling = false;\n            if (!room.gone && room.tail > 0)\n                this.touched(room);',
        replace: 'if (!room.gone && room.tail > 0) this.touched(room); room.cooling = false;',
      },
    ],
  },
];
