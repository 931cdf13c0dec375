/** One room with a naive store around it, for tests by example. */
import {
  asEpoch,
  isRegistered,
  isStateEntry,
  type Command,
  type Entry,
  type MemberRecord,
  type Outcome,
  type RoomId,
  type StoredOutcome,
  type UserId,
} from '@munova/contracts';
import { decide } from '../../src/core/decide.js';
import { evolve } from '../../src/core/evolve.js';
import { needs } from '../../src/core/needs.js';
import { emptyRoom, recordOf, withMember } from '../../src/core/state.js';
import type { Decision, Needs, RoomState } from '../../src/core/types.js';
import { ask, found, GROUP, INQUIRY, jisoo, join, minji } from './people.js';

export interface Circumstances {
  readonly now?: number;
  readonly known?: StoredOutcome;
  readonly nameTaken?: boolean;
}

export class Table {
  state: RoomState;
  readonly entries: Entry[] = [];
  readonly records = new Map<UserId, MemberRecord>();
  lastNeeds: Needs | null = null;
  #now = 1_000;

  constructor(room: RoomId, ...commands: readonly Command[]) {
    this.state = emptyRoom(room);
    for (const command of commands) this.run(command);
  }

  /** Decides and, as if the store had taken it, evolves. */
  run(command: Command, circumstances: Circumstances = {}): Decision {
    const decision = this.consider(command, circumstances);
    for (const doc of decision.documents) {
      this.state = evolve(this.state, doc);
      if (!isRegistered(doc)) this.entries.push(doc);
    }
    return decision;
  }

  /** Decides only. */
  consider(command: Command, { now, known, nameTaken }: Circumstances = {}): Decision {
    this.#now += 10;
    const wanted = needs(this.state, command);
    this.lastNeeds = wanted;
    for (const user of wanted.members) this.state = withMember(this.state, user, this.records.get(user) ?? null);
    return decide(this.state, command, {
      now: now ?? this.#now,
      epoch: asEpoch(1),
      known: known ?? null,
      target: wanted.target === null ? null : (this.entries[wanted.target - 1] ?? null),
      nameTaken: nameTaken ?? false,
    });
  }

  outcome(command: Command, circumstances: Circumstances = {}): string {
    return shown(this.run(command, circumstances).outcome);
  }

  /** What the log says from `after` on, as `kind` or `kind {data}`. */
  told(after = 0): string[] {
    return this.entries
      .filter((e) => e.seq > after)
      .map((e) => (e.data === null ? e.kind : `${e.kind} ${JSON.stringify(e.data)}`));
  }

  get record(): NonNullable<ReturnType<typeof recordOf>> {
    const record = recordOf(this.state);
    if (record === null) throw new Error('the room is not there');
    return record;
  }

  get head(): number {
    return this.state.head;
  }

  /** As the store does once a redaction is projected. */
  blank(seq: number): void {
    const entry = this.entries[seq - 1];
    if (!entry || isStateEntry(entry)) throw new Error('no message there');
    this.entries[seq - 1] = { ...entry, type: null, content: null, redacted: true };
  }
}

/** Minji's group of 3, named 부츠 모임, with jisoo in it; then these commands. */
export const group = (...more: Command[]): Table => new Table(GROUP, found(minji, 3), join(jisoo), ...more);
/** Minji's inquiry with the seller; then these commands. */
export const inquiry = (...more: Command[]): Table => new Table(INQUIRY, ask(minji), ...more);

/** `noop`, a refusal's code, or the kind logged. */
const shown = (outcome: Outcome): string =>
  outcome.status === 'logged' ? outcome.kind : outcome.status === 'noop' ? 'noop' : outcome.code;

/** A command in a situation, what comes of it, and the member count after it. */
export interface Case {
  readonly rule: string;
  readonly what: string;
  readonly table: () => Table;
  readonly command: () => Command;
  readonly outcome: string;
  readonly members: number;
}

export const row = (
  rule: string,
  what: string,
  table: () => Table,
  command: () => Command,
  outcome: string,
  members: number,
): Case => ({ rule, what, table, command, outcome, members });
