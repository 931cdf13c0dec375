/** A room's owner as simple as it can be around the core: plan, append, and on failure reload and look up. */
import {
  asEpoch,
  isRegistered,
  outcomeKeyText,
  type Command,
  type Entry,
  type LogDocument,
  type Outcome,
  type RoomId,
} from '@munova/contracts';
import { decide } from '../../src/core/decide.js';
import { evolve, needsToEvolve } from '../../src/core/evolve.js';
import { needs } from '../../src/core/needs.js';
import { projectionOf } from '../../src/core/projection.js';
import { emptyRoom, holdsName, isBehind, roomFrom, trimMembers, withMember } from '../../src/core/state.js';
import type { DecideContext, Decision, RoomState } from '../../src/core/types.js';
import { AppendFailed, type Register } from './register.js';

export interface Judged {
  /** The log that the decision was made upon: what is durable, then what is planned. */
  readonly prefix: readonly Entry[];
  readonly command: Command;
  readonly ctx: DecideContext;
  readonly decision: Decision;
  /** Ids already planned in the same commit. */
  readonly planned: ReadonlyMap<string, Outcome>;
}

const MAX_ATTEMPTS = 8;

class Behind extends Error {}

export class Owner {
  state: RoomState | null = null;
  #unprojected: Entry[] = [];
  readonly #room: RoomId;
  readonly #register: Register;
  readonly #onJudged: (judged: Judged) => void;

  constructor(room: RoomId, register: Register, onJudged: (judged: Judged) => void) {
    this.#room = room;
    this.#register = register;
    this.#onJudged = onJudged;
  }

  crash(): void {
    this.state = null;
    this.#unprojected = [];
  }

  /** Reads what the log has beyond the state, from the projection where there is no state. */
  follow(): RoomState {
    const record = this.#register.records.get(this.#room);
    let state = this.state ?? (record ? roomFrom(record) : emptyRoom(this.#room));
    const tail = this.#register.log(this.#room).slice(state.head);
    for (const user of needsToEvolve(state, tail)) {
      state = withMember(state, user, this.#register.member(this.#room, user));
    }
    this.#unprojected.push(...tail);
    return (this.state = tail.reduce(evolve, state));
  }

  /** One commit of all of them; tried again until the register has decided every one. */
  handle(commands: readonly Command[], now: number): Outcome[] {
    // A stale owner may judge anything but names: their reservations are guarded by the lease alone.
    if (this.state === null || commands.some((c) => c.kind === 'update' || c.kind === 'create-group')) this.follow();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      try {
        return this.#commit(commands, now, attempt > 1);
      } catch (error) {
        if (!(error instanceof AppendFailed) && !(error instanceof Behind)) throw error;
        this.follow();
      }
    }
    throw new Error(`no outcome after ${String(MAX_ATTEMPTS)} attempts`);
  }

  #commit(commands: readonly Command[], now: number, lookUp: boolean): Outcome[] {
    const start = this.state ?? this.follow();
    let draft = start;
    const durable = this.#register.log(this.#room).slice(0, draft.head);
    const planned = new Map<string, Outcome>();
    const documents: (readonly LogDocument[])[] = [];
    const entries: Entry[] = [];
    const decisions: Decision[] = [];
    for (const command of commands) {
      const known = lookUp ? this.#register.outcome(command) : null;
      const wanted = known ? null : needs(draft, command);
      for (const user of wanted?.members ?? []) {
        const record = this.#register.member(this.#room, user);
        if (isBehind(start, record)) throw new Behind();
        draft = withMember(draft, user, record);
      }
      const prefix = [...durable, ...entries];
      const ctx: DecideContext = {
        now,
        epoch: asEpoch(1),
        known,
        target: (wanted?.target && prefix[wanted.target - 1]) || null,
        nameTaken: this.#reserve(wanted?.reserveName ?? null),
      };
      const decision = decide(draft, command, ctx);
      this.#onJudged({ prefix, command, ctx, decision, planned: new Map(planned) });
      draft = decision.documents.reduce(evolve, draft);
      if (decision.documents.length > 0) {
        documents.push(decision.documents);
        planned.set(keyOf(command), decision.outcome);
      }
      entries.push(...decision.documents.filter((d) => !isRegistered(d)));
      decisions.push(decision);
    }
    this.#register.append(documents);
    this.state = draft;
    this.#unprojected.push(...entries);
    for (const { releaseName } of decisions) this.#release(releaseName);
    return decisions.map((d) => d.outcome);
  }

  project(half: boolean): void {
    const state = this.follow();
    const update = projectionOf(state, this.#unprojected);
    if (update === null) return;
    this.#register.project(update, half);
    if (!half) this.#unprojected = [];
  }

  /** Only what the store has can be loaded again. */
  trim(): void {
    if (this.state !== null && this.#unprojected.length === 0) this.state = trimMembers(this.state, 1);
  }

  /** @returns whether it is taken. */
  #reserve(name: string | null): boolean {
    if (name === null) return false;
    const holder = this.#register.names.get(name) ?? this.#room;
    if (holder === this.#room) this.#register.names.set(name, this.#room);
    return holder !== this.#room;
  }

  #release(name: string | null): void {
    if (name === null || (this.state && holdsName(this.state, name))) return;
    if (this.#register.names.get(name) === this.#room) this.#register.names.delete(name);
  }
}

export const keyOf = ({ room, actor, cmid }: Command): string => outcomeKeyText({ room, sender: actor.id, cmid });
