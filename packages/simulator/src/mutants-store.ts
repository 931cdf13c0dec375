/** The honest store and bus, made dishonest. */
import type { MutantSpec } from './patches.js';

const LOG = 'packages/contracts/dist/memory/memory-room-log.js';
const QUEUE = 'packages/contracts/dist/memory/shard-queue.js';
const BUS = 'packages/contracts/dist/memory/memory-bus.js';

export const STORE_MUTANTS: readonly MutantSpec[] = [
  {
    name: 'unordered-insert',
    what: 'a commit that meets a conflict writes what stands behind it all the same',
    breaks: ['I1'],
    patches: [
      {
        file: LOG,
        find: 'this.#check(commit.documents, now);',
        replace: `const failed = commit.documents.filter((document) => {
            const behind = document.seq !== undefined && document.seq <= this.#log(document.room).length;
            if (behind || this.#isTaken(outcomeKeyText(document), now)) return true;
            this.#write(document);
            return false;
        });
        for (const intent of commit.intents) this.#intents.set(intent.id, intent);
        if (failed.length > 0) throw new AppendError('conflict', 'unknown', failed[0].room, 'unordered');
        return;`,
      },
    ],
  },
  {
    name: 'entry-read-once',
    what: 'an entry that was read and not resolved is never read again (a consumer group)',
    breaks: ['I11'],
    patches: [
      {
        file: QUEUE,
        find: 'taken.push(entry);',
        replace: 'if (entry.given) continue; entry.given = true; taken.push(entry);',
      },
    ],
  },
  {
    name: 'range-removed',
    what: 'the stream is cut up to the greatest id that was processed: what is lost is repeated by its edge',
    breaks: [],
    patches: [
      {
        file: QUEUE,
        find: 'for (const entryId of entryIds) {',
        replace: `const last = Math.max(0, ...entryIds.map(Number));
        for (const entryId of [...this.#entries.keys()].filter((id) => Number(id) <= last)) {`,
      },
    ],
  },
  {
    name: 'fence-ignored',
    what: 'an owner that was superseded still commits to the stream: what it says is in the log all the same',
    breaks: [],
    patches: [{ file: BUS, find: 'fence > epoch', replace: 'fence < 0' }],
  },
];
